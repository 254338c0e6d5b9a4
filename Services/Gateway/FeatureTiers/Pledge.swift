import Concurrency

/// The result of work that cannot be stopped, for one who may stop waiting for it.
final class Pledge<Value: Sendable>: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<Value, any Error>)
    case kept(Result<Value, any Error>)
    case abandoned
  }

  private let state = Lock(State.open)

  /// Whether nobody waits any more.
  var isAbandoned: Bool {
    state.withLock { if case .abandoned = $0 { true } else { false } }
  }

  /// False where nobody waits for it any more.
  func keep(_ result: Result<Value, any Error>) -> Bool {
    let (isWanted, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Value, any Error>?) in
      switch state {
      case .open:
        state = .kept(result)
        return (true, nil)
      case .awaited(let waiter):
        state = .kept(result)
        return (true, waiter)
      case .kept, .abandoned: return (false, nil)
      }
    }
    waiter?.resume(with: result)
    return isWanted
  }

  /// Asked once. Throws `CancellationError` as soon as the task is cancelled.
  func value() async throws -> Value {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        let result = state.withLock { state -> Result<Value, any Error>? in
          if case .kept(let result) = state { return result }
          if Task.isCancelled {
            state = .abandoned
            return .failure(CancellationError())
          }
          state = .awaited(waiter)
          return nil
        }
        if let result { waiter.resume(with: result) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Value, any Error>? in
        guard case .awaited(let waiter) = state else { return nil }
        state = .abandoned
        return waiter
      }
      waiter?.resume(throwing: CancellationError())
    }
  }
}
