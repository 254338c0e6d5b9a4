import Concurrency
public import Logging
public import Telemetry

/// Where a tier is; its name in metrics and logs.
public enum TierKind: String, Sendable {
  /// A directory of this machine.
  case disk
  /// Nodes that gateways share.
  case store
}

/// What a tier did, counted once for the status and once for the metrics.
public final class TierLedger: Sendable {
  public enum Event: String, Sendable, CaseIterable {
    /// A value was found, and was whole.
    case hits
    case misses
    case writes
    /// A call that ended in an error, or too late.
    case failures
    /// Calls that were not made, since the tier is left alone.
    case skips
    /// Values that were not what they should be, and were not used.
    case damages
    /// Values that were dropped because too many were on their way.
    case drops
    /// Values that were dropped because the tier was full.
    case refusals
    case evictions
    /// Keys that another gateway was filling.
    case waits
  }

  public let kind: TierKind
  private let counts = Lock<[Event: Int]>([:])
  private let size = Lock((byteCount: 0, count: 0))
  private let metrics: TierMetrics
  private let logger: Logger

  public init(_ kind: TierKind, metrics registry: MetricRegistry = MetricRegistry(), logger: Logger = .silent) {
    self.kind = kind
    self.logger = logger
    metrics = TierMetrics(tier: kind.rawValue, events: Event.allCases.map(\.rawValue), in: registry)
  }

  public func count(of event: Event) -> Int { counts.withLock { $0[event] ?? 0 } }

  /// Counts; says `message` the first time that such a thing happens.
  func count(_ event: Event, firstTime message: @autoclosure () -> String? = nil) {
    let number = counts.withLock { counts in
      counts[event, default: 0] += 1
      return counts[event]
    }
    metrics.count(event.rawValue)
    if number == 1, let message = message() { warn(message + " (said once)") }
  }

  /// What the tier held when it was last looked at, where it can tell.
  public var held: (byteCount: Int, count: Int) { size.withLock { $0 } }

  func holds(_ byteCount: Int, _ count: Int) { size.withLock { $0 = (byteCount, count) } }

  func took(_ duration: Duration, _ operation: String) { metrics.took(duration, operation) }

  func warn(_ message: String) { logger.warning("features' \(kind): \(message)") }

  func note(_ message: String) { logger.notice("features' \(kind): \(message)") }
}
