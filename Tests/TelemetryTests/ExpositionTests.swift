import Testing

@testable import Telemetry

/// What Prometheus reads, byte for byte.
struct ExpositionTests {
  private static let requests = Metric("t_requests_total", .counter, by: ["kind", "outcome"], "What was asked.")
  private static let bytes = Metric("t_bytes", .gauge, "A \\ and a\nnew line, and \"quotes\".")
  private static let seconds = Metric("t_step_seconds", .histogram(bounds: [0.1, 0.5, 2]), by: ["kind"], "A step.")

  private let registry = MetricRegistry([requests, bytes, seconds])

  /// As the format's description has it: HELP and TYPE once for each name, buckets that add up, escapes.
  @Test func aScrapeIsThisTextByteForByte() {
    registry.counts(of: Self.requests, "questions", "completed").add(3)
    registry.counts(of: Self.requests, "a \"b\" \\ c\nd", "failed").add()
    registry.ask { [Self.bytes.sample(1_234_567_890_123)] }
    let timer = registry.durations(of: Self.seconds, "x")
    for milliseconds in [100, 101, 500, 1999, 60_000] { timer.record(.milliseconds(milliseconds)) }
    #expect(
      registry.exposition == #"""
        # HELP llava_metrics_refused_total Series that were not kept, since there were too many or they clashed.
        # TYPE llava_metrics_refused_total counter
        llava_metrics_refused_total 0
        # HELP t_bytes A \\ and a\nnew line, and "quotes".
        # TYPE t_bytes gauge
        t_bytes 1234567890123
        # HELP t_requests_total What was asked.
        # TYPE t_requests_total counter
        t_requests_total{kind="a \"b\" \\ c\nd",outcome="failed"} 1
        t_requests_total{kind="questions",outcome="completed"} 3
        # HELP t_step_seconds A step.
        # TYPE t_step_seconds histogram
        t_step_seconds_bucket{kind="x",le="0.1"} 1
        t_step_seconds_bucket{kind="x",le="0.5"} 3
        t_step_seconds_bucket{kind="x",le="2"} 4
        t_step_seconds_bucket{kind="x",le="+Inf"} 5
        t_step_seconds_sum{kind="x"} 62.7
        t_step_seconds_count{kind="x"} 5

        """#)
  }

  @Test(arguments: [
    (0, "0"), (-1, "-1"), (0.25, "0.25"), (1e300, "1e+300"), (9_007_199_254_740_992, "9007199254740992.0"),
    (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e-7, "1e-07"),
  ])
  func aNumberIsWrittenAsPrometheusReadsIt(_ value: Double, _ text: String) {
    #expect(Exposition.number(value) == text)
  }

  @Test func aMetricWithoutSeriesIsNotThere() {
    #expect(!registry.exposition.contains("t_requests_total"))
  }
}
