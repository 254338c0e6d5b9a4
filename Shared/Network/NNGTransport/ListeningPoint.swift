import CNNG
import Concurrency
import Glibc
import RPC

/// The listeners of one socket at one address, as nng and the file system have them. All of it blocks.
struct ListeningPoint {
  private let raw: nng_socket
  /// With the port that the system chose, once listening.
  private(set) var address: Address
  private var listeners: [nng_listener] = []
  private var generation = 0

  init(_ socket: Socket, at address: Address) {
    raw = socket.raw
    self.address = address
  }

  /// Listens for the first time.
  mutating func open(ledger: Ledger) throws(ServiceError) {
    if address.scheme == .ipc {
      try SocketFile(address).makeRoom(ledger: ledger)
    }
    let listener = try listen(at: address)
    if address.scheme == .tcp { address = try bound(listener) }
  }

  /// Listens anew after the old listener has stopped accepting. Over ipc the connections there are stay.
  mutating func reopen(keeping inUse: Set<UInt32>) throws(ServiceError) {
    switch address.scheme {
    case .inproc: return
    case .tcp:
      // The port has to be free first, and its connections go with the listener.
      closeListeners { _ in true }
      _ = try listen(at: address)
    case .ipc:
      // nng removes the file of a listener's name with the listener. A new listener therefore has a name of its own,
      // and the old ones that have no connections are closed before it takes the public name.
      generation += 1
      let name = "\(address.rest).\(generation)"
      unlink(name)
      _ = try listen(at: Address("ipc://\(name)"))
      let newest = listeners.last?.id
      closeListeners { $0.id != newest && !inUse.contains($0.id) }
      guard rename(name, address.rest) == 0 else {
        throw ServiceError(
          .unavailable, "cannot rename \(name) to \(address.rest): \(String(cString: strerror(errno)))")
      }
    }
  }

  /// Removes what is left in the file system. After the socket is closed.
  func removeFiles() {
    guard address.scheme == .ipc else { return }
    unlink(address.rest)
  }

  private mutating func listen(at address: Address) throws(ServiceError) -> nng_listener {
    var listener = nng_listener()
    try check(nng_listener_create(&listener, raw, "\(address)"), "listen at", address)
    let ownerOnly: Int32 = 0o600
    var code: Int32 = 0
    if address.scheme == .ipc { code = nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS, ownerOnly) }
    if code == 0 { code = nng_listener_start(listener, 0) }
    guard code == 0 else {
      nng_listener_close(listener)
      throw ServiceError(nng: code, "listen at", address)
    }
    listeners.append(listener)
    return listener
  }

  private mutating func closeListeners(_ isOver: (nng_listener) -> Bool) {
    for listener in listeners where isOver(listener) { nng_listener_close(listener) }
    listeners.removeAll(where: isOver)
  }

  private func bound(_ listener: nng_listener) throws(ServiceError) -> Address {
    var socketAddress = nng_sockaddr()
    try check(nng_listener_get_addr(listener, NNG_OPT_LOCADDR, &socketAddress), "ask for the port of", address)
    guard let port = port(of: socketAddress), let colon = address.rest.lastIndex(of: ":") else { return address }
    return try Address("tcp://\(address.rest[..<colon]):\(port)")
  }
}
