import Metrics

/// What a gateway counts of a tier behind its memory, through swift-metrics.
///
///     llava_feature_store_events_total{tier, event}    counter; event: hits, misses, writes, failures, ...
///     llava_feature_store_bytes{tier}                  gauge, of a directory
///     llava_feature_store_seconds{tier, operation}     timer, of calls that were answered
public struct TierMetrics: Sendable {
  private let counters: [String: Counter]
  private let size: Metrics.Gauge
  private let durations: [String: Metrics.Timer]

  /// `events` are all that are ever counted.
  public init(tier: String, events: [String]) {
    counters = Dictionary(
      uniqueKeysWithValues: events.map {
        ($0, Counter(label: "llava_feature_store_events_total", dimensions: [("tier", tier), ("event", $0)]))
      })
    size = Metrics.Gauge(label: "llava_feature_store_bytes", dimensions: [("tier", tier)])
    durations = Dictionary(
      uniqueKeysWithValues: ["get", "put", "lease", "release"].map {
        ($0, Metrics.Timer(label: "llava_feature_store_seconds", dimensions: [("tier", tier), ("operation", $0)]))
      })
  }

  public func count(_ event: String) { counters[event]?.increment() }

  public func holds(_ byteCount: Int) { size.record(byteCount) }

  public func took(_ nanoseconds: Int64, _ operation: String) { durations[operation]?.recordNanoseconds(nanoseconds) }
}
