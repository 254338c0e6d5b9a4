import CNNG
import RPC

/// Who is at the other end of `stream`, for messages: host and port, or the process over ipc.
func peerName(of stream: OpaquePointer, at address: Address) -> String {
  if address.scheme == .ipc {
    var process: UInt64 = 0
    guard nng_stream_get_uint64(stream, NNG_OPT_IPC_PEER_PID, &process) == 0 else { return "\(address)" }
    return "\(address) (process \(process))"
  }
  var socketAddress = nng_sockaddr()
  guard nng_stream_get_addr(stream, NNG_OPT_REMADDR, &socketAddress) == 0 else { return "\(address)" }
  return hostAndPort(of: socketAddress).map { "\(address.scheme.rawValue)://\($0)" } ?? "\(address)"
}

private func hostAndPort(of address: nng_sockaddr) -> String? {
  if UInt32(address.s_family) == NNG_AF_INET.rawValue {
    let octets = withUnsafeBytes(of: address.s_in.sa_addr) { $0.map(String.init) }
    return octets.joined(separator: ".") + ":\(UInt16(bigEndian: address.s_in.sa_port))"
  }
  guard UInt32(address.s_family) == NNG_AF_INET6.rawValue else { return nil }
  let groups = withUnsafeBytes(of: address.s_in6.sa_addr) { bytes in
    stride(from: 0, to: 16, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
  }
  return "[" + groups.joined(separator: ":") + "]:\(UInt16(bigEndian: address.s_in6.sa_port))"
}
