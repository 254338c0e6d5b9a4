public import Concurrency
public import Contracts

/// Where the time of one request went, lap by lap.
public struct Stopwatch: Sendable {
  private let clock: any MonotonicClock
  private var last: Instant
  public private(set) var timings: [Timing] = []

  public init(_ clock: any MonotonicClock) {
    self.clock = clock
    last = clock.now
  }

  /// Ends a lap: the time since the last one belongs to `stage`.
  public mutating func lap(_ stage: String) {
    let now = clock.now
    timings.append(Timing(stage, microseconds: Int((now - last).nanoseconds / 1000)))
    last = now
  }
}
