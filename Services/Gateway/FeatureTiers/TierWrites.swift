import Concurrency
import DequeModule

/// What is on its way to a tier, so that no answer waits for it; one after another, bounded in bytes.
final class TierWrites: Sendable {
  private struct Write: Sendable {
    let value: (key: TierKey, bytes: [UInt8])?
    let lease: TierLease?
  }

  private struct State {
    var waiting: Deque<Write> = []
    var byteCount = 0
  }

  private let tier: any FeatureTier
  private let byteLimit: Int
  private let ledger: TierLedger
  private let state = Lock(State())
  private let news = Signal()

  init(to tier: any FeatureTier, byteCount: Int, ledger: TierLedger) {
    self.tier = tier
    byteLimit = byteCount
    self.ledger = ledger
  }

  /// Keeps a value, and then gives its lease back; where too much waits already the value is dropped.
  func put(_ key: TierKey, _ bytes: [UInt8], releasing lease: TierLease?) {
    let hasRoom =
      bytes.count <= TierLimits.valueByteCount
      && state.withLock { state in
        guard state.byteCount + bytes.count <= byteLimit else { return false }
        state.byteCount += bytes.count
        state.waiting.append(Write(value: (key, bytes), lease: lease))
        return true
      }
    if hasRoom { return news.raise() }
    ledger.count(.drops, firstTime: "values come faster than they can be written: some are dropped")
    if let lease { release(lease) }
  }

  func release(_ lease: TierLease) {
    state.withLock { $0.waiting.append(Write(value: nil, lease: lease)) }
    news.raise()
  }

  /// Writes until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      while let write = state.withLock({ $0.waiting.popFirst() }) {
        await perform(write)
        state.withLock { $0.byteCount -= write.value?.bytes.count ?? 0 }
      }
      try? await news.wait()  // throws where the task is cancelled
    }
  }

  private func perform(_ write: Write) async {
    if let (key, bytes) = write.value {
      do {
        try await tier.put(key, bytes, by: .distantFuture)
        ledger.count(.writes)
      } catch {
        // All other failures were counted where they happened.
        if let failure = error as? TierError, failure.code == .full {
          ledger.count(.refusals, firstTime: "\(failure.message): values are dropped until there is room again")
        }
      }
    }
    if let lease = write.lease {
      // One that cannot be given back ends by itself.
      try? await tier.release(lease, by: .distantFuture)
    }
  }
}
