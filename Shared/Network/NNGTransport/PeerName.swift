import CNNG
import RPC

/// Who is at the other end of `pipe`, for messages: host and port, or the process over ipc.
func peerName(of pipe: nng_pipe, at address: Address) -> String {
  switch address.scheme {
  case .inproc: return "\(address) (peer \(pipe.id))"
  case .ipc:
    var process: UInt64 = 0
    guard nng_pipe_get_uint64(pipe, NNG_OPT_IPC_PEER_PID, &process) == 0 else { return "\(address)" }
    return "\(address) (process \(process))"
  case .tcp:
    var socketAddress = nng_sockaddr()
    guard nng_pipe_get_addr(pipe, NNG_OPT_REMADDR, &socketAddress) == 0 else { return "\(address)" }
    return hostAndPort(of: socketAddress).map { "tcp://\($0)" } ?? "\(address)"
  }
}

/// The port of a tcp address, or nothing where it is none.
func port(of address: nng_sockaddr) -> UInt16? {
  switch UInt32(address.s_family) {
  case NNG_AF_INET.rawValue: UInt16(bigEndian: address.s_in.sa_port)
  case NNG_AF_INET6.rawValue: UInt16(bigEndian: address.s_in6.sa_port)
  default: nil
  }
}

private func hostAndPort(of address: nng_sockaddr) -> String? {
  guard let port = port(of: address) else { return nil }
  if UInt32(address.s_family) == NNG_AF_INET.rawValue {
    let octets = withUnsafeBytes(of: address.s_in.sa_addr) { $0.map(String.init) }
    return octets.joined(separator: ".") + ":\(port)"
  }
  let groups = withUnsafeBytes(of: address.s_in6.sa_addr) { bytes in
    stride(from: 0, to: 16, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
  }
  return "[" + groups.joined(separator: ":") + "]:\(port)"
}
