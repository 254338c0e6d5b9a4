import Glibc
public import RPC

/// A peer that speaks bytes and no protocol, as a port scanner or an attacker would.
public struct RawPeer: ~Copyable, Sendable {
  private let descriptor: Int32

  /// Connects to an ipc address or to a port of this machine; nothing when refused.
  public init?(to address: Address) {
    descriptor = socket(
      address.scheme == .ipc ? AF_UNIX : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    let code = Self.withSocketAddress(of: address) { Glibc.connect(descriptor, $0, $1) }
    guard code == 0 else {
      close(descriptor)
      return nil
    }
  }

  deinit { close(descriptor) }

  /// Sends what the kernel takes at once.
  public func write(_ bytes: [UInt8]) { _ = Glibc.write(descriptor, bytes, bytes.count) }

  /// Has the end of it be a reset, and no orderly one.
  public func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// Blocks until the other side closes; false when it says anything first.
  public func isClosedByPeer() -> Bool {
    var byte: UInt8 = 0
    return read(descriptor, &byte, 1) <= 0
  }

  /// A server that takes connections and never says a word.
  public init(silentAt address: Address) {
    descriptor = socket(
      address.scheme == .ipc ? AF_UNIX : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    _ = Self.withSocketAddress(of: address) { bind(descriptor, $0, $1) }
    listen(descriptor, 8)
  }

  /// Where such a server is reached that was to listen at port 0.
  public var port: UInt16 {
    var name = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return UInt16(bigEndian: name.sin_port)
  }

  private static func withSocketAddress<Result>(
    of address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    if address.scheme == .ipc {
      var name = sockaddr_un()
      name.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(address.rest.utf8)) }
      return withUnsafePointer(to: &name) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
      }
    }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    name.sin_port = (UInt16(address.rest.split(separator: ":").last ?? "") ?? 0).bigEndian
    return withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }
}
