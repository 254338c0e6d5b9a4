import Concurrency
import DequeModule

/// Questions that wait for a place at a vision worker, oldest first. As many as the gateway admits.
final class SlotQueue: Sendable {
  private struct State {
    var waiters: Deque<(id: Int, continuation: CheckedContinuation<Void, any Error>)> = []
    var nextID = 0
    /// Counts the wake-ups, so that one between a look at the workers and the wait is not missed.
    var generation = 0
  }

  private let state = Lock(State())

  var generation: Int { state.withLock { $0.generation } }

  /// Returns when a place may have become free, or the workers have changed, since `generation`.
  func wait(after generation: Int) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let result = state.withLock { state -> Result<Void, any Error>? in
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.generation != generation { return .success(()) }
          state.waiters.append((id, continuation))
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
      }
      waiter?.continuation.resume(throwing: CancellationError())
    }
  }

  func wakeOne() {
    let waiter = state.withLock { state in
      state.generation += 1
      return state.waiters.popFirst()
    }
    waiter?.continuation.resume()
  }

  func wakeAll() {
    let waiters = state.withLock { state in
      defer { state.waiters.removeAll() }
      state.generation += 1
      return state.waiters
    }
    for waiter in waiters { waiter.continuation.resume() }
  }

  var count: Int { state.withLock { $0.waiters.count } }
}
