public import Concurrency

/// A clock that stands still until the test moves it.
public final class ManualClock: MonotonicClock {
  private let instant = Lock(Instant(nanoseconds: 0))

  public init() {}

  public var now: Instant { instant.withLock { $0 } }

  public func advance(by duration: Duration) { instant.withLock { $0 = $0 + duration } }

  public func sleep(until instant: Instant) async throws { while now < instant { await Task.yield() } }
}
