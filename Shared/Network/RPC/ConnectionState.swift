import Concurrency
import DequeModule

/// Everything one end of a connection knows, as a value: frames come in, frames and wake-ups go out.
///
/// `Connection` holds it under a lock, sends what `takeSendable` gives and resumes what comes back.
struct ConnectionState {
  enum Role { case client, server }
  enum Phase {
    /// Their HELLO has not come. A client says its own at once, a server when it has accepted the client's: so nobody
    /// who is refused has ever seen an open connection.
    case greeting(since: Instant)
    case open
    /// Their HELLO was refused and they were told; the link waits for them to leave, since closing it now could lose the reason.
    case refused(since: Instant)
    /// The peer takes no new calls.
    case draining
    case closed(ServiceError)
  }

  let role: Role
  let limits: Limits
  var phase: Phase
  var calls: [UInt32: CallState] = [:]
  var keepAlive: KeepAlive
  /// Set by our own side: calls in progress go on, new ones are refused.
  var refusesCalls = false
  /// One thread at a time sends, so that frames leave in the order of their numbers.
  var isFlushing = false
  /// Whoever waits for the connection to have nothing left to do.
  var idleWatcher: CallState.Watcher?
  /// The number of the next call; a connection whose numbers are used up is replaced.
  var nextCall: UInt32 = 1
  var lastPeerCall: UInt32 = 0
  var sending: SendWindow
  var receiving: ReceiveWindow
  var unreadByteCount = 0
  /// Counted frames that wait for the window, and the others, which go first.
  private var outbox: Deque<Frame> = []
  var outboxByteCount = 0
  private var urgent: Deque<Frame> = []
  /// Calls whose writer waits for the outbox, oldest first.
  private var waitingForRoom: Deque<UInt32> = []
  private var nextWriter = 0

  init(_ role: Role, limits: Limits, at now: Instant) {
    self.role = role
    self.limits = limits
    phase = .greeting(since: now)
    keepAlive = KeepAlive(limits: limits, at: now)
    sending = SendWindow(limits: limits)
    receiving = ReceiveWindow(limits: limits)
  }

  /// No call is open and the peer has everything.
  var isIdle: Bool { calls.isEmpty && outbox.isEmpty && sending.isIdle }

  // MARK: What leaves

  mutating func queue(_ frame: Frame) {
    guard frame.kind.isCounted else { return urgent.append(frame) }
    outbox.append(frame)
    outboxByteCount += frame.byteCount
  }

  /// The frames that may leave now, numbered, and the writers for whom there is room again.
  mutating func takeSendable() -> (frames: [Frame], wakeups: [Wakeup]) {
    var frames = urgent.map { frame in
      guard frame.kind != .acknowledge else { return frame }
      var frame = frame
      frame.sequence = sending.lastSequence
      return frame
    }
    urgent.removeAll()
    while var frame = outbox.first, sending.hasRoom(for: frame.byteCount) {
      outbox.removeFirst()
      outboxByteCount -= frame.byteCount
      sending.number(&frame)
      frames.append(frame)
    }
    var wakeups: [Wakeup] = []
    while outboxByteCount < limits.outboxByteCount, let call = waitingForRoom.popFirst() {
      wakeups += calls[call]?.takeWriters() ?? []
    }
    if isIdle, let watcher = idleWatcher.take() { wakeups.append(.watcher(watcher)) }
    return (frames, wakeups)
  }

  /// Opens a call, or says why there can be none.
  mutating func open(_ request: Request, at now: Instant) throws(ServiceError) -> UInt32 {
    switch phase {
    case .open: break
    case .greeting, .refused: throw ServiceError(.unavailable, "the connection is not open yet")
    case .draining: throw ServiceError(.unavailable, "the peer is shutting down and takes no new calls")
    case .closed(let error): throw error
    }
    guard calls.count < limits.callCount else {
      throw ServiceError(.overloaded, "\(limits.callCount) calls are already open on this connection")
    }
    guard outboxByteCount < limits.outboxByteCount * 2 else {
      throw ServiceError(.overloaded, "\(outboxByteCount) bytes wait for a peer that does not read")
    }
    guard nextCall <= Limits.lastCall else {
      throw ServiceError(.unavailable, "the connection has used up its call numbers, and is being replaced")
    }
    let call = nextCall
    nextCall += 1
    calls[call] = CallState(
      creditLimit: limits.callCredit, outboundCredit: limits.callCredit, deadline: request.deadline)
    queue(request.frame(call: call, credit: limits.callCredit, at: now))
    return call
  }

  /// Queues an item if credit and outbox allow it; otherwise the writer has to wait.
  mutating func admit(_ item: Item, on call: UInt32) throws(ServiceError) -> Bool {
    guard let state = calls[call] else { throw closingError ?? ServiceError(.cancelled, "the call has already ended") }
    if let outcome = state.outcome { throw CallState.over(outcome) }
    guard !state.hasFinished else { throw ServiceError(.invalidRequest, "an item was sent after the last one") }
    guard hasRoom(on: call) else { return false }
    calls[call]?.outboundCredit -= 1
    queue(Frame(.item, call: call, message: item.message, attachment: item.attachment))
    return true
  }

  /// Whether a writer need not wait; so too where the call is over, which it then finds out.
  func hasRoom(on call: UInt32) -> Bool {
    guard let state = calls[call], state.outcome == nil else { return true }
    return state.outboundCredit > 0 && outboxByteCount < limits.outboxByteCount
  }

  /// A number for somebody who is about to send.
  mutating func writerNumber() -> Int {
    nextWriter += 1
    return nextWriter
  }

  mutating func awaitRoom(on call: UInt32, _ writer: CallState.Writer, number: Int) {
    calls[call]?.append(writer, number: number)
    if calls[call].map({ $0.outboundCredit > 0 }) ?? false { waitingForRoom.append(call) }
  }

  mutating func read(_ call: UInt32) -> CallState.Read {
    guard calls[call] != nil else {
      return .failed(closingError ?? ServiceError(.cancelled, "the call has already ended"))
    }
    let before = calls[call]?.unreadByteCount ?? 0
    let read = calls[call]?.read() ?? .end
    unreadByteCount += (calls[call]?.unreadByteCount ?? 0) - before
    grant(on: call)
    return read
  }

  mutating func grant(on call: UInt32) {
    guard let count = calls[call]?.grant() else { return }
    queue(Frame(.credit, call: call, value: UInt16(count)))
  }

  /// Forgets a call; late frames for it are ignored.
  mutating func forget(_ call: UInt32) -> [Wakeup] {
    guard var state = calls.removeValue(forKey: call) else { return [] }
    unreadByteCount -= state.unreadByteCount
    return state.ended(.failure(ServiceError(.cancelled, "the call was cancelled")))
  }

  // MARK: Time and the end

  /// Once per ping interval. Throws when the peer is gone.
  mutating func tick(at now: Instant) throws(ServiceError) -> [Wakeup] {
    switch phase {
    case .greeting(let since) where now - since >= limits.greeting:
      throw ServiceError(.unavailable, "no HELLO within \(limits.greeting)")
    case .refused(let since) where now - since >= limits.greeting:
      throw ServiceError(.incompatible, "the peer was refused")
    default: break
    }
    if let sequence = receiving.acknowledgement(eagerly: true) { queue(Frame(.acknowledge, sequence: sequence)) }
    switch keepAlive.tick(at: now) {
    case .rest where sending.isIdle: break
    // What is not acknowledged is asked for, since the frame may be lost, or its acknowledgement.
    case .rest, .ping: queue(Frame(.ping))
    case .dead(let duration): throw ServiceError(.unavailable, "nothing was heard for \(duration)")
    }
    guard role == .client else { return [] }
    guard nextCall <= Limits.lastCall || !calls.isEmpty else {
      throw ServiceError(.unavailable, "the connection has used up its call numbers")
    }
    var wakeups: [Wakeup] = []
    for call in calls.keys.sorted() {
      guard let state = calls[call], state.outcome == nil, now >= state.deadline + limits.deadlineGrace else {
        continue
      }
      queue(Frame(.cancel, call: call))
      wakeups +=
        calls[call]?.ended(.failure(ServiceError(.deadlineExceeded, "the deadline passed and no answer came"))) ?? []
    }
    return wakeups
  }

  private var closingError: ServiceError? {
    if case .closed(let error) = phase { error } else { nil }
  }

  /// Ends every call with `error`; nothing where it was closed before. The first error stays.
  mutating func close(_ error: ServiceError) -> [Wakeup]? {
    if case .closed = phase { return nil }
    phase = .closed(error)
    outbox.removeAll()
    urgent.removeAll()
    waitingForRoom.removeAll()
    let watcher = idleWatcher.take().map { [Wakeup.watcher($0)] } ?? []
    return calls.keys.sorted().flatMap { calls[$0]?.ended(.failure(error)) ?? [] } + watcher
  }
}
