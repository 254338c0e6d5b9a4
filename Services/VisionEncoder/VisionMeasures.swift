import Telemetry

/// What a vision worker measures as it works.
struct VisionMeasures: Sendable {
  private let encodeSeconds: DurationMeter
  private let prepareSeconds: DurationMeter
  private let views: CountMeter

  init(_ metrics: MetricRegistry) {
    encodeSeconds = metrics.durations(of: .visionEncodeSeconds)
    prepareSeconds = metrics.durations(of: .visionPrepareSeconds)
    views = metrics.counts(of: .visionViews)
  }

  func prepared(in duration: Duration) { prepareSeconds.record(duration) }

  /// A pass is over, in which so many views were still wanted at its end.
  func encoded(viewCount: Int, in duration: Duration) {
    encodeSeconds.record(duration)
    views.add(viewCount)
  }
}
