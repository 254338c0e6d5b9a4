import Concurrency
import NIOCore
import RPC

/// A host and a port.
struct Target: Sendable {
  let host: String
  let port: Int

  init?(_ address: Address) {
    guard let host = address.host, let port = UInt16(address.rest.split(separator: ":").last ?? "") else { return nil }
    self.host = host
    self.port = Int(port)
  }

  /// What to listen at; blocks a thread of its own while a name is resolved.
  func resolved(for address: Address) async throws(ServiceError) -> SocketAddress {
    let result = await BlockingThread.run { Result { try SocketAddress.makeAddressResolvingHost(host, port: port) } }
    do { return try result.get() } catch { throw ServiceError(error, whenTryingTo: "listen at", address) }
  }
}

extension Address {
  /// The same with the port that the system chose.
  func bound(to port: Int) throws(ServiceError) -> Address {
    guard let colon = rest.lastIndex(of: ":") else { return self }
    return try Address("\(scheme.rawValue)://\(rest[..<colon]):\(port)")
  }

  /// Who is at the other end of a connection to it, for messages.
  func peer(at remote: SocketAddress?) -> String {
    guard let host = remote?.ipAddress, let port = remote?.port else { return "\(self)" }
    return "\(scheme.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}
