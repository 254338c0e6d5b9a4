import Concurrency
import DequeModule
import Scheduling

/// Blocks that wait to be written to the store, by their keys.
final class PrefixQueue: Sendable {
  /// More would mean that the disk does not keep up; what is not written is computed again.
  private static let limit = 4096

  private let keys = Lock<Deque<PrefixKey>>([])
  private let arrival = Signal()

  /// Where there is no room for all of them none is taken: half a prefix is of no use.
  func append(_ new: [PrefixKey]) {
    guard !new.isEmpty else { return }
    keys.withLock { if $0.count + new.count <= Self.limit { $0.append(contentsOf: new) } }
    arrival.raise()
  }

  /// The next key, once there is one; throws `CancellationError` when the task is cancelled. One task asks.
  func next() async throws -> PrefixKey {
    while true {
      if let key = keys.withLock({ $0.popFirst() }) { return key }
      try await arrival.wait()
    }
  }
}
