import Concurrency

/// One end of an open link: runs the calls that the peer opens and those that we open.
///
/// `ConnectionState` decides; this sends, waits and wakes.
final class Connection: Sendable {
  let link: any Link
  let clock: any MonotonicClock
  let limits: Limits
  private let closed: @Sendable (ServiceError) -> Void
  /// Where the peer came in; nothing at the side that dialled.
  let door: Address?
  private let theirHello = Lock<[UInt8]>([])
  private let state: Lock<ConnectionState>

  /// `closed` hears why it ended, once, before any of its calls does.
  init(
    _ role: ConnectionState.Role, over link: any Link, at door: Address? = nil, clock: any MonotonicClock,
    limits: Limits, closed: @escaping @Sendable (ServiceError) -> Void = { _ in }
  ) {
    self.closed = closed
    self.door = door
    self.link = link
    self.clock = clock
    self.limits = limits
    state = Lock(ConnectionState(role, limits: limits, at: clock.now))
  }

  var peer: String { link.peer }
  /// What the peer said first.
  var greeting: [UInt8] { theirHello.withLock { $0 } }

  /// Runs until the link is over and returns why. `greet` sees the peer's HELLO, and refuses it by throwing.
  func run(
    hello: [UInt8], greet: @Sendable ([UInt8]) throws(ServiceError) -> Void, answering handler: (any CallHandler)?
  ) async -> ServiceError {
    update { if $0.role == .client { $0.queue(Frame(.hello, message: hello)) } }
    return await withTaskCancellationHandler {
      await withDiscardingTaskGroup(returning: ServiceError.self) { group in
        group.addTask { await self.keepAlive() }
        while let frame = await self.link.receive() {
          guard let call = self.take(frame, hello, greet), let handler else { continue }
          group.addTask { await self.answer(call, with: handler) }
        }
        self.close(ServiceError(.unavailable, "\(self.peer): the connection was lost"))
        group.cancelAll()
        return self.reason
      }
    } onCancel: {
      close(ServiceError(.unavailable, "\(peer): the connection was closed on this side"))
    }
  }

  /// Takes one frame; returns the call that it opens, if it opens one.
  private func take(
    _ frame: Frame, _ hello: [UInt8], _ greet: ([UInt8]) throws(ServiceError) -> Void
  ) -> IncomingCall? {
    do throws(ServiceError) {
      let effects = try update { state throws(ServiceError) in try state.take(frame, at: self.clock.now) }
      for wakeup in effects.wakeups { wakeup() }
      if let theirs = effects.hello { try open(theirs, answering: hello, greet) }
      if let error = effects.goodbye { throw error }
      return effects.started.map { IncomingCall(number: $0.call, request: $0.request, connection: self) }
    } catch {
      close(ServiceError(error.code, "\(peer): \(error.message)", retryAfter: error.retryAfter))
      return nil
    }
  }

  private func open(
    _ theirs: [UInt8], answering ours: [UInt8], _ greet: ([UInt8]) throws(ServiceError) -> Void
  ) throws(ServiceError) {
    let role = state.withLock { $0.role }
    theirHello.withLock { $0 = theirs }
    do throws(ServiceError) {
      try greet(theirs)
    } catch {
      update { $0.refused(error, at: self.clock.now) }
      guard role == .server else { throw error }
      return
    }
    update { $0.greeted(answer: role == .server ? ours : nil) }
  }

  private func keepAlive() async {
    while (try? await clock.sleep(for: limits.pingInterval)) != nil {
      do throws(ServiceError) {
        let wakeups = try update { state throws(ServiceError) in try state.tick(at: self.clock.now) }
        for wakeup in wakeups { wakeup() }
      } catch {
        return close(ServiceError(error.code, "\(peer): \(error.message)"))
      }
    }
  }

  /// Ends the connection and every call on it. The first reason stays.
  func close(_ error: ServiceError) {
    guard let wakeups = state.withLock({ $0.close(error) }) else { return }
    // Whoever is woken by this must not find the connection still open.
    closed(error)
    for wakeup in wakeups { wakeup() }
    link.close()
  }

  private var reason: ServiceError {
    state.withLock { state in
      guard case .closed(let error) = state.phase else { preconditionFailure("a connection that ended has a reason") }
      return error
    }
  }

  /// Takes no new calls; returns when those in progress have ended and the peer has their last frames.
  func drain() async {
    guard update({ $0.drain() }) else { return close(ServiceError(.unavailable, "\(peer): shut down")) }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if case .closed = state.phase { return true }
          guard !state.isIdle, !Task.isCancelled else { return true }
          state.idleWatcher = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.idleWatcher.take() }?.resume()
    }
    close(ServiceError(.unavailable, "\(peer): shut down"))
  }

  var phase: ConnectionState.Phase { state.withLock { $0.phase } }

  /// Changes the state and sends what may leave.
  @discardableResult
  func update<Result, Failure: Error>(
    _ change: (inout ConnectionState) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { flush() }
    return try state.withLock(change)
  }

  private func flush() {
    guard
      state.withLock({ state in
        guard !state.isFlushing else { return false }
        state.isFlushing = true
        return true
      })
    else { return }
    while true {
      let (frames, wakeups) = state.withLock { state in
        let sendable = state.takeSendable()
        if sendable.frames.isEmpty { state.isFlushing = false }
        return sendable
      }
      for wakeup in wakeups { wakeup() }
      guard !frames.isEmpty else { return }
      for frame in frames { link.send(frame) }
    }
  }
}
