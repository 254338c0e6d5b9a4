import Concurrency

/// A value that tasks wait on until it is as they want it.
final class Watched<State: Sendable>: Sendable {
  private struct Waiter {
    let isMet: @Sendable (State) -> Bool
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct Guarded {
    var state: State
    var waiters: [Int: Waiter] = [:]
    var nextNumber = 0
  }

  private let guarded: Lock<Guarded>

  init(_ state: State) { guarded = Lock(Guarded(state: state)) }

  var state: State { guarded.withLock { $0.state } }

  func change(_ change: (inout State) -> Void) {
    let met = guarded.withLock { guarded in
      change(&guarded.state)
      let met = guarded.waiters.filter { $0.value.isMet(guarded.state) }
      for number in met.keys { guarded.waiters[number] = nil }
      return Array(met.values)
    }
    for waiter in met { waiter.continuation.resume() }
  }

  /// Throws `CancellationError` as soon as the task is cancelled.
  func reaches(_ isMet: @escaping @Sendable (State) -> Bool) async throws {
    let number = guarded.withLock { guarded in
      guarded.nextNumber += 1
      return guarded.nextNumber
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let result = guarded.withLock { guarded -> Result<Void, any Error>? in
          if Task.isCancelled { return .failure(CancellationError()) }
          if isMet(guarded.state) { return .success(()) }
          guarded.waiters[number] = Waiter(isMet: isMet, continuation: continuation)
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      guarded.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume(throwing: CancellationError())
    }
  }
}
