public import Concurrency

extension Compute {
  /// Loops that were divided among the threads, since the start.
  public var loopCount: Int { pool.loopCount }

  /// As long as a loop that is just worth dividing.
  private static let bodyDuration = Duration.microseconds(20)
  private static let trialCount = 1000

  /// Seconds that dividing a loop among the threads costs: what it takes beyond its bodies, one for each thread, in the
  /// median of a thousand loops that follow each other at once. `clock` must go on by itself.
  public func forkAndJoinSeconds(clock: any MonotonicClock) -> Double {
    let costs = (0..<Self.trialCount).map { _ in
      let start = clock.now
      pool.run(threadCount) { _, _ in
        let end = clock.now + Self.bodyDuration
        while clock.now < end {}
      }
      return (clock.now - start - Self.bodyDuration).nanoseconds
    }
    return Double(max(0, costs.sorted()[Self.trialCount / 2])) / 1e9
  }
}
