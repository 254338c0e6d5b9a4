import Concurrency

/// Counts events; tasks wait for a number of them. Of one event it is a gate.
final class Tally: Sendable {
  private struct Guarded {
    var count = 0
    var waiters: [Int: (goal: Int, continuation: CheckedContinuation<Void, any Error>)] = [:]
    var nextWaiter = 0
  }

  private let guarded = Lock(Guarded())

  var count: Int { guarded.withLock { $0.count } }

  func add() {
    let reached = guarded.withLock { guarded in
      guarded.count += 1
      let reached = guarded.waiters.filter { $0.value.goal <= guarded.count }
      for number in reached.keys { guarded.waiters[number] = nil }
      return reached.values.map(\.continuation)
    }
    for waiter in reached { waiter.resume() }
  }

  /// Returns once there have been `goal` events; throws `CancellationError` when the task is cancelled.
  func reaches(_ goal: Int) async throws {
    let number = guarded.withLock { guarded in
      guarded.nextWaiter += 1
      return guarded.nextWaiter
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        let result = guarded.withLock { guarded -> Result<Void, any Error>? in
          if Task.isCancelled { return .failure(CancellationError()) }
          if guarded.count >= goal { return .success(()) }
          guarded.waiters[number] = (goal, waiter)
          return nil
        }
        if let result { waiter.resume(with: result) }
      }
    } onCancel: {
      guarded.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume(throwing: CancellationError())
    }
  }
}
