import Foundation
public import RPC

/// A fresh address of each scheme; ipc in a directory of its own under the temporary one.
public func freshAddress(_ scheme: Address.Scheme) throws -> Address {
  let name = UUID().uuidString.prefix(8)
  return switch scheme {
  case .inproc: try Address("inproc://\(name)")
  case .ipc: try Address("ipc:///tmp/llava-test-\(name)/socket")
  case .tcp, .tls: try Address("\(scheme.rawValue)://127.0.0.1:0")
  }
}
