/// What a gateway counts of a tier behind its memory.
public struct TierMetrics: Sendable {
  private let counts: [String: CountMeter]
  private let durations: [String: DurationMeter]

  /// `tier` is disk or store; `events` are all that are ever counted.
  public init(tier: String, events: [String], in registry: MetricRegistry) {
    counts = Dictionary(uniqueKeysWithValues: events.map { ($0, registry.counts(of: .tierEvents, tier, $0)) })
    durations = Dictionary(
      uniqueKeysWithValues: ["get", "put", "lease", "release"].map {
        ($0, registry.durations(of: .tierSeconds, tier, $0))
      })
  }

  public func count(_ event: String) { counts[event]?.add() }

  public func took(_ duration: Duration, _ operation: String) { durations[operation]?.record(duration) }
}
