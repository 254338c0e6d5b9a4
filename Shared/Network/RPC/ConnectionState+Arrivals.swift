import Concurrency

/// What arrives.
extension ConnectionState {
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
      effects.wakeups = calls[frame.call]?.takeWriters() ?? []
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
}
