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
  private var lastPeerCall: UInt32 = 0
  private var sending: SendWindow
  private var receiving: ReceiveWindow
  private var unreadByteCount = 0
  /// Counted frames that wait for the window, and the others, which go first.
  private var outbox: Deque<Frame> = []
  private var outboxByteCount = 0
  private var urgent: Deque<Frame> = []
  /// Calls whose writer waits for the outbox, oldest first.
  private var waitingForRoom: Deque<UInt32> = []

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
      if let writer = calls[call]?.writer.take() { wakeups.append(.writer(writer, .success(()))) }
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

  mutating func awaitRoom(on call: UInt32, _ writer: CallState.Writer) {
    calls[call]?.writer = writer
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

  private mutating func grant(on call: UInt32) {
    guard let count = calls[call]?.grant() else { return }
    queue(Frame(.credit, call: call, value: UInt16(count)))
  }

  /// Forgets a call; late frames for it are ignored.
  mutating func forget(_ call: UInt32) -> [Wakeup] {
    guard var state = calls.removeValue(forKey: call) else { return [] }
    unreadByteCount -= state.unreadByteCount
    return state.ended(.failure(ServiceError(.cancelled, "the call was cancelled")))
  }

  // MARK: What arrives

  /// What a frame asks of the connection beyond the state.
  struct Effects {
    var wakeups: [Wakeup] = []
    var started: (call: UInt32, request: Request)?
    var hello: [UInt8]?
    /// The peer ends the connection, and says why.
    var goodbye: ServiceError?
  }

  /// Takes one frame. Throws when the peer breaks the protocol or frames were lost: the connection then ends.
  mutating func take(_ frame: Frame, at now: Instant) throws(ServiceError) -> Effects {
    var effects = Effects()
    if case .closed = phase { return effects }
    keepAlive.heard(at: now)
    guard try count(frame) == .take else { return effects }
    if case .refused = phase { return effects }
    if case .greeting = phase, frame.kind.isCounted, frame.kind != .hello, frame.kind != .goAway {
      throw ServiceError(.invalidRequest, "expected HELLO as the first frame, found \(frame.kind)")
    }
    switch frame.kind {
    case .hello:
      guard case .greeting = phase else { throw ServiceError(.invalidRequest, "HELLO was said twice") }
      effects.hello = frame.message
    case .request: effects = try opened(by: frame, at: now)
    case .item: effects.wakeups = try item(frame)
    case .finish:
      if let wakeup = calls[frame.call]?.finishedByPeer() { effects.wakeups = [wakeup] }
    case .end:
      let result: Result<Void, ServiceError> =
        frame.value == 0 ? .success(()) : .failure(ServiceError(number: frame.value, encoded: frame.message))
      effects.wakeups = calls[frame.call]?.ended(result) ?? []
    case .cancel:
      effects.wakeups =
        calls[frame.call]?.ended(.failure(ServiceError(.cancelled, "the caller cancelled the call"))) ?? []
    case .credit:
      calls[frame.call]?.outboundCredit += Int(frame.value)
      if let writer = calls[frame.call]?.writer.take() { effects.wakeups = [.writer(writer, .success(()))] }
    case .acknowledge: try sending.acknowledged(upTo: frame.sequence)
    case .ping: queue(Frame(.pong))
    case .pong: break
    case .goAway:
      if frame.value == 0, case .open = phase {
        phase = .draining
      } else {
        effects.goodbye = ServiceError(number: frame.value, encoded: frame.message)
      }
    }
    guard outboxByteCount <= limits.outboxByteCount * 2 else {
      throw ServiceError(.overloaded, "\(outboxByteCount) bytes wait for a peer that does not read")
    }
    return effects
  }

  /// Notices what was lost or repeated, and acknowledges what is due: now and then, at once in a connection that comes
  /// to its end, and when asked.
  private mutating func count(_ frame: Frame) throws(ServiceError) -> ReceiveWindow.Verdict {
    switch frame.kind {
    case .acknowledge: return .take
    case .ping, .pong:
      try receiving.peerHasSent(upTo: frame.sequence)
      if frame.kind == .ping { queue(Frame(.acknowledge, sequence: receiving.acknowledgementOfAll())) }
      return .take
    case .hello, .request, .item, .finish, .end, .cancel, .credit, .goAway:
      let verdict = try receiving.arrived(frame.sequence, byteCount: frame.byteCount)
      var isLast = frame.kind == .goAway
      if case .draining = phase { isLast = true }
      if verdict == .take, let sequence = receiving.acknowledgement(eagerly: isLast) {
        queue(Frame(.acknowledge, sequence: sequence))
      }
      return verdict
    }
  }

  /// The peer's HELLO was accepted; a server answers with its own.
  mutating func greeted(answer: [UInt8]?) {
    guard case .greeting = phase else { return }
    phase = .open
    if let answer { queue(Frame(.hello, message: answer)) }
  }

  /// The peer's HELLO was not accepted, and it is told why.
  mutating func refused(_ error: ServiceError, at now: Instant) {
    guard case .greeting = phase else { return }
    phase = .refused(since: now)
    queue(Frame(.goAway, value: error.code.rawValue, message: error.encoded))
  }

  /// Our own side takes no new calls; false where there is nothing to bring to an end.
  mutating func drain() -> Bool {
    switch phase {
    case .greeting, .refused, .closed: return false
    case .open, .draining: break
    }
    refusesCalls = true
    queue(Frame(.goAway))
    return true
  }

  private mutating func opened(by frame: Frame, at now: Instant) throws(ServiceError) -> Effects {
    guard role == .server else { throw ServiceError(.invalidRequest, "a server opened a call") }
    guard frame.call > lastPeerCall else {
      throw ServiceError(.invalidRequest, "call \(frame.call) was opened again; the last one was \(lastPeerCall)")
    }
    lastPeerCall = frame.call
    let request = try Request(frame, at: now)
    if refusesCalls {
      refuse(frame.call, ServiceError(.unavailable, "shutting down: no new calls are taken"))
      return Effects()
    }
    guard calls.count < limits.callCount else {
      refuse(frame.call, ServiceError(.overloaded, "\(limits.callCount) calls are already open on this connection"))
      return Effects()
    }
    calls[frame.call] = CallState(
      creditLimit: limits.callCredit, outboundCredit: Request.credit(of: frame), deadline: request.deadline)
    return Effects(started: (frame.call, request))
  }

  mutating func refuse(_ call: UInt32, _ error: ServiceError) {
    queue(Frame(.end, call: call, value: error.code.rawValue, message: error.encoded))
  }

  private mutating func item(_ frame: Frame) throws(ServiceError) -> [Wakeup] {
    guard calls[frame.call] != nil else { return [] }
    let before = calls[frame.call]?.unreadByteCount ?? 0
    let wakeup = try calls[frame.call]?.arrived(Item(frame.message, attachment: frame.attachment)) ?? nil
    unreadByteCount += (calls[frame.call]?.unreadByteCount ?? 0) - before
    guard unreadByteCount <= limits.unreadByteCount else {
      throw ServiceError(.overloaded, "\(unreadByteCount) bytes are unread; at most \(limits.unreadByteCount) are kept")
    }
    grant(on: frame.call)
    return wakeup.map { [$0] } ?? []
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
