import CNNG
import Concurrency
import RPC

/// Accepts streams at one address, until closed. Whatever a peer does, the next one is accepted.
///
/// nng's own accepting, in its protocol sockets, ends for ever after a peer that connects and goes at once (nng issue
/// 1518); a failed accept here is followed by another.
final class StreamListener: Listener, Gated, @unchecked Sendable {  // sound: the operation belongs to the one accept
  let gate = Lock(Gate())
  let address: Address
  private let raw: OpaquePointer
  private let holdings: Holdings
  private let arrivals = Mailbox<StreamLink>(limit: TransportLimits.arrivalCount)
  private let accepting = Lock<Operation?>(nil)
  /// The operation is a rest after a failed accept, and no accept.
  private var isResting = false

  /// Listens; blocks while a host name is resolved.
  static func listen(at address: Address, _ holdings: Holdings) throws(ServiceError) -> StreamListener {
    if address.scheme == .ipc { try makeRoom(for: address) }
    var raw: OpaquePointer?
    try check(nng_stream_listener_alloc(&raw, "\(address)"), "listen at", address)
    guard let raw else { throw ServiceError(nng: Int32(NNG_ENOMEM.rawValue), "listen at", address) }
    do throws(ServiceError) {
      let ownerOnly: Int32 = 0o600
      let code =
        address.scheme == .ipc
        ? nng_stream_listener_set_int(raw, NNG_OPT_IPC_PERMISSIONS, ownerOnly)
        : nng_stream_listener_set_bool(raw, NNG_OPT_TCP_NODELAY, true)
      try check(code, "listen at", address)
      try check(nng_stream_listener_listen(raw), "listen at", address)
      return StreamListener(taking: raw, at: try bound(raw, address), holdings)
    } catch {
      nng_stream_listener_free(raw)
      throw error
    }
  }

  /// The address with the port that the system chose.
  private static func bound(_ raw: OpaquePointer, _ address: Address) throws(ServiceError) -> Address {
    guard address.host != nil, let colon = address.rest.lastIndex(of: ":") else { return address }
    var port: Int32 = 0
    try check(nng_stream_listener_get_int(raw, NNG_OPT_TCP_BOUND_PORT, &port), "ask for the port of", address)
    return try Address("\(address.scheme.rawValue)://\(address.rest[..<colon]):\(port)")
  }

  private init(taking raw: OpaquePointer, at address: Address, _ holdings: Holdings) {
    self.raw = raw
    self.address = address
    self.holdings = holdings
    holdings.opened(self)
    let accept = Operation { self.finishedAccept($0, $1) }
    accepting.withLock { $0 = accept }
    guard let accept else {
      end()
      return
    }
    self.accept(accept)
  }

  func accept() async -> (any Link)? { await arrivals.take() }

  func close() async {
    end()
    await ended()
  }

  func shut() {
    arrivals.finish(discarding: true)
    nng_stream_listener_close(raw)
  }

  func free() {
    accepting.withLock { $0.take() }?.end()
    BlockingThread.start {  // waits for nng's polling thread
      nng_stream_listener_free(self.raw)
      self.holdings.ended(self)
      self.freed()
    }
  }

  private func accept(_ operation: Operation) {
    begin { operation.start { nng_stream_listener_accept(raw, $0) } }
  }

  private func finishedAccept(_ operation: Operation, _ code: Int32) {
    defer { finish() }
    guard code == 0 else {
      isResting = true
      begin { operation.start { nng_sleep_aio(nng_duration(TransportLimits.acceptRest / .milliseconds(1)), $0) } }
      return
    }
    if !isResting, let stream = operation.stream {
      // One too many is closed with its last reference.
      _ = arrivals.put(StreamLink(FrameStream(taking: stream, holdings), peer: peerName(of: stream, at: address)))
    }
    isResting = false
    accept(operation)
  }
}
