import CNNG
import Concurrency
import RPC

/// The first bytes on a TLS stream: the side that dialled writes eight, and the other reads them.
///
/// nng shakes hands with the first transfer and not before, so that these bytes are what tells that both certificates
/// were taken. Until then the stream belongs to nobody else: who has not shown a certificate takes no connection's place.
final class Opening: Gated, @unchecked Sendable {  // sound: `words` belongs to the one transfer, the rest is guarded
  static let words = Array("llava/1\n".utf8)

  enum Side { case dialled, accepted }

  typealias Outcome = @Sendable (Result<OpenStream, ServiceError>) -> Void

  private struct State {
    var operation: Operation?
    var outcome: Outcome?
    /// The stream has gone to its new owner.
    var isGivenAway = false
  }

  let gate = Lock(Gate())
  private let raw: OpaquePointer
  private let side: Side
  private let peer: String
  private let ledger: Ledger
  private let words = UnsafeMutableRawBufferPointer.allocate(byteCount: Opening.words.count, alignment: 8)
  private var movedByteCount = 0
  private let giveUp: Instant
  private let clock: any MonotonicClock
  private let state: Lock<State>

  /// Takes the stream over; `outcome` hears once, on a thread of nng's, what became of it within `limit`.
  init(
    _ side: Side, of stream: OpenStream, peer: String, within limit: Duration, of clock: any MonotonicClock,
    _ ledger: Ledger, outcome: @escaping Outcome
  ) {
    raw = stream.raw
    self.side = side
    self.peer = peer
    self.ledger = ledger
    self.clock = clock
    giveUp = clock.now + limit
    words.copyBytes(from: side == .dialled ? Self.words : Self.words.map { _ in 0 })
    state = Lock(State(outcome: outcome))
    ledger.opened(self)
    let operation = Operation { self.moved($0, $1) }
    state.withLock { $0.operation = operation }
    guard let operation else {
      fail(ServiceError(.unavailable, "\(peer): memory is out"))
      return
    }
    move(operation)
  }

  deinit { words.deallocate() }

  private func move(_ operation: Operation) {
    let rest = UnsafeMutableRawBufferPointer(rebasing: words[movedByteCount...])
    let left = max(1, min((giveUp - clock.now).millisecondsRoundedUp, Int64(Int32.max)))
    operation.limit(to: nng_duration(left))
    let isStarted = begin {
      operation.start(with: rest) { side == .dialled ? nng_stream_send(raw, $0) : nng_stream_recv(raw, $0) }
    }
    if !isStarted { fail(ServiceError(.unavailable, "\(peer): the transport was closed")) }
  }

  private func moved(_ operation: Operation, _ code: Int32) {
    defer { finish() }
    guard code == 0 else { return fail(refusal(code)) }
    movedByteCount += operation.byteCount
    guard movedByteCount == words.count else { return move(operation) }
    guard Array(words) == Self.words else {
      return fail(ServiceError(.invalidRequest, "\(peer): shook hands, and then spoke another protocol"))
    }
    let outcome = state.withLock { state in
      state.isGivenAway = true
      return state.outcome.take()
    }
    end()
    outcome?(.success(OpenStream(raw: raw)))
  }

  private func fail(_ error: ServiceError) {
    let outcome = state.withLock { $0.outcome.take() }
    end()
    outcome?(.failure(error))
  }

  /// nng tells failed handshakes apart by hardly more than who of the two ended it.
  private func refusal(_ code: Int32) -> ServiceError {
    let why = String(cString: nng_strerror(code))
    switch UInt32(bitPattern: code) {
    case NNG_ETIMEDOUT.rawValue:
      return ServiceError(.unavailable, "\(peer): the TLS handshake stalled and was given up")
    case NNG_ECRYPTO.rawValue, NNG_EPEERAUTH.rawValue:
      var isVerified = false
      nng_stream_get_bool(raw, NNG_OPT_TLS_VERIFIED, &isVerified)
      return ServiceError(.unauthenticated, "\(peer): \(isVerified ? theirs : ours) (\(why))")
    default:
      return ServiceError(
        .unavailable, "\(peer): the connection ended within the TLS handshake: \(theirs) (\(why))")
    }
  }

  private var ours: String {
    side == .accepted
      ? "refused: its certificate is missing, expired, or not signed by the authority of callers (callers.pem)"
      : "refused: its certificate is expired, for another host, or not signed by the authority of servers (servers.pem)"
  }

  private var theirs: String {
    "the peer does not speak TLS, or refuses our certificate (identity.pem), which may be expired or of another role"
  }

  func shut() {
    let isOurs = state.withLock { !$0.isGivenAway }
    if isOurs { nng_stream_close(raw) }
  }

  func free() {
    let (isOurs, operation, outcome) = state.withLock { state in
      (!state.isGivenAway, state.operation.take(), state.outcome.take())
    }
    operation?.end()
    if isOurs { nng_stream_free(raw) }
    ledger.ended(self)
    freed()
    outcome?(.failure(ServiceError(.unavailable, "\(peer): the transport was closed within the TLS handshake")))
  }
}
