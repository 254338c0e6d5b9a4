import Glibc

/// A point on a monotonic clock, in nanoseconds since an origin that only that clock knows.
public struct Instant: Comparable, Hashable, Sendable, CustomStringConvertible {
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Further away than any deadline: 292 years after the origin.
  public static let distantFuture = Instant(nanoseconds: .max)

  public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

  /// Saturates, so that "forever from now" is `distantFuture` and never wraps.
  public static func + (instant: Instant, duration: Duration) -> Instant {
    let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.nanoseconds)
    return Instant(nanoseconds: overflow ? .max : sum)
  }

  public static func - (later: Instant, earlier: Instant) -> Duration {
    .nanoseconds(later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds).partialValue)
  }

  public var description: String { "\(Double(nanoseconds / 1000) / 1000) ms" }
}

/// Where time comes from. One of the five seams of a test: everything that waits or measures asks it.
public protocol MonotonicClock: Sendable {
  var now: Instant { get }
  /// Returns at `instant` or after; throws `CancellationError` as soon as the task is cancelled.
  func sleep(until instant: Instant) async throws
}

extension MonotonicClock {
  public func sleep(for duration: Duration) async throws { try await sleep(until: now + duration) }
}

/// The machine's own clock.
public struct SystemClock: MonotonicClock {
  public init() {}

  public var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  public func sleep(until instant: Instant) async throws {
    try await Alarms.system.sleep(until: instant)
  }
}

extension Duration {
  /// Whole nanoseconds; saturates beyond 292 years.
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let (sum, carried) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carried ? .max : sum
  }

  /// Whole milliseconds, rounded up: a deadline handed on must not shrink to nothing by rounding.
  public var millisecondsRoundedUp: Int64 {
    let whole = nanoseconds / 1_000_000
    return nanoseconds % 1_000_000 > 0 ? whole + 1 : whole
  }
}
