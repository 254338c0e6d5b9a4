/// Wakes one waiting task; raised while nobody waits, it is remembered once.
public final class Signal: Sendable {
  private enum State {
    case quiet, raised
    case awaited(CheckedContinuation<Void, any Error>)
  }

  private let state = Lock(State.quiet)

  public init() {}

  public func raise() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      defer { state = if case .awaited = state { .quiet } else { .raised } }
      if case .awaited(let waiter) = state { return waiter }
      return nil
    }
    waiter?.resume()
  }

  /// Returns once the signal is raised, and lowers it; throws `CancellationError` when the task is cancelled. One task waits.
  public func wait() async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        let result = state.withLock { state -> Result<Void, any Error>? in
          if Task.isCancelled { return .failure(CancellationError()) }
          switch state {
          case .raised:
            state = .quiet
            return .success(())
          case .quiet:
            state = .awaited(waiter)
            return nil
          case .awaited: preconditionFailure("a signal has one waiter, found a second")
          }
        }
        if let result { waiter.resume(with: result) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
        guard case .awaited(let waiter) = state else { return nil }
        state = .quiet
        return waiter
      }
      waiter?.resume(throwing: CancellationError())
    }
  }
}
