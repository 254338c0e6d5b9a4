import Concurrency
import DequeModule
import RPC

/// Questions that wait for a place at a vision worker, oldest first. As many as the gateway admits.
///
/// Each waits for the workers that can do its work, and a free place is told to the first that it is of use to. Who then
/// does not take it, since another is better meanwhile, says so by `freed`: news that ends with one who has no use for it
/// is lost for all.
final class SlotQueue: Sendable {
  /// Where a question stands in line: it keeps it when it has to wait again.
  struct Ticket: Sendable {
    fileprivate let number: Int
  }

  private struct Waiter {
    let number: Int
    let workers: Set<Address>
    /// Gets whose place is free, or nothing where the workers have changed.
    let continuation: CheckedContinuation<Address?, any Error>
  }

  private struct State {
    /// By number.
    var waiters: Deque<Waiter> = []
    var nextNumber = 0
    /// Counts what has changed, so that a change between a look at the workers and the wait is not missed.
    var generation = 0
  }

  private let state = Lock(State())

  var generation: Int { state.withLock { $0.generation } }

  func ticket() -> Ticket {
    state.withLock { state in
      state.nextNumber += 1
      return Ticket(number: state.nextNumber)
    }
  }

  /// Returns when one of `workers` may have a free place, and which, or when something has changed since `generation`.
  func wait(_ ticket: Ticket, for workers: Set<Address>, after generation: Int) async throws -> Address? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let result = state.withLock { state -> Result<Address?, any Error>? in
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.generation != generation { return .success(nil) }
          let place = state.waiters.firstIndex { $0.number > ticket.number } ?? state.waiters.endIndex
          state.waiters.insert(
            Waiter(number: ticket.number, workers: workers, continuation: continuation), at: place)
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      remove { $0.number == ticket.number }?.resume(throwing: CancellationError())
    }
  }

  /// `worker` has a free place: wakes the first that waits for it.
  func freed(_ worker: Address) {
    state.withLock { $0.generation += 1 }
    remove { $0.workers.contains(worker) }?.resume(returning: worker)
  }

  func wakeAll() {
    let waiters = state.withLock { state in
      defer { state.waiters.removeAll() }
      state.generation += 1
      return state.waiters
    }
    for waiter in waiters { waiter.continuation.resume(returning: nil) }
  }

  var count: Int { state.withLock { $0.waiters.count } }

  /// Who waits for any of `workers`.
  func count(waitingFor workers: Set<Address>) -> Int {
    state.withLock { $0.waiters.count { !$0.workers.isDisjoint(with: workers) } }
  }

  private func remove(where isWanted: (Waiter) -> Bool) -> CheckedContinuation<Address?, any Error>? {
    state.withLock { state in
      state.waiters.firstIndex(where: isWanted).map { state.waiters.remove(at: $0).continuation }
    }
  }
}
