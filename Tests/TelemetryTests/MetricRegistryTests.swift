import Metrics
import Testing

@testable import Telemetry

struct MetricRegistryTests {
  private func line(_ registry: MetricRegistry, _ start: String) -> String? {
    registry.exposition.split(separator: "\n").first { $0.hasPrefix(start) }.map(String.init)
  }

  @Test func theSameLabelsAreTheSameSeriesWhoeverAsks() {
    let registry = MetricRegistry()
    registry.counts(of: .retries, "vision").add()
    registry.counts(of: .retries, "vision").add(2)
    #expect(line(registry, "llava_retries_total") == #"llava_retries_total{role="vision"} 3"#)
  }

  @Test func numbersOfSeveralSourcesUnderOneNameAddUp() {
    let registry = MetricRegistry()
    for count in 1...3 { registry.ask { [Metric.decoderTokens.sample(count)] } }
    #expect(line(registry, "llava_decoder_tokens_total") == "llava_decoder_tokens_total 6")
  }

  @Test func aSeriesTooManyIsCountedAndNotKept() {
    let registry = MetricRegistry(seriesLimit: Metric.all.count + 1)
    for index in 0..<1000 {
      Counter(label: "llava_retries_total", dimensions: [("role", "\(index)")], factory: registry).increment()
    }
    let kept = registry.exposition.split(separator: "\n").count { $0.hasPrefix("llava_retries_total{") }
    #expect(kept == Metric.all.count + 1)
    #expect(line(registry, "llava_metrics_refused_total") == "llava_metrics_refused_total \(1000 - kept)")
  }

  /// A source that goes wrong must not make a scrape that never ends.
  @Test func aSourceWithTooManySeriesIsCutOff() {
    let registry = MetricRegistry(seriesLimit: 10)
    registry.ask { (0..<1000).map { Metric.retries.sample(1, "\($0)") } }
    #expect(registry.exposition.split(separator: "\n").count { $0.hasPrefix("llava_retries_total{") } == 10)
  }

  @Test func aNameThatIsOfAnotherKindIsRefused() {
    let registry = MetricRegistry()
    registry.counts(of: .retries, "vision").add()
    let timer = Timer(label: "llava_retries_total", dimensions: [("role", "vision")], factory: registry)
    timer.recordSeconds(1)
    #expect(line(registry, "llava_retries_total") == #"llava_retries_total{role="vision"} 1"#)
    #expect(line(registry, "llava_metrics_refused_total") == "llava_metrics_refused_total 1")
  }

  @Test func aCounterNeverShrinks() {
    let registry = MetricRegistry()
    let counter = registry.counts(of: .hedges)
    counter.add(2)
    counter.add(-5)
    #expect(line(registry, "llava_hedges_total") == "llava_hedges_total 2")
  }

  @Test func whatLibrariesReportGetsANameThatPrometheusTakes() {
    let registry = MetricRegistry()
    Gauge(label: "1 pool.size-é", dimensions: [("pool.name", String(repeating: "ü", count: 1000))], factory: registry)
      .record(7)
    let value = String(repeating: "ü", count: TelemetryLimits.labelValueByteCount / 2)
    #expect(line(registry, "_1") == "_1_pool_size__{pool_name=\"\(value)\"} 7")
    Recorder(label: "sizes", dimensions: [("le", "1")], factory: registry).record(1)
    #expect(line(registry, "sizes") == nil, "buckets have a label of that name")
  }

  @Test func valuesOnABoundBelongToItsBucketAndNoNumberBelongsToNone() {
    let cell = HistogramCell(bounds: [1, 2])
    for value in [1, 1.5, 2, 3, .nan, .infinity] { cell.record(value) }
    guard case .histogram(let counts, let sum) = cell.reading else { return }
    #expect(counts == [1, 2, 1] && sum == 7.5)
  }

  /// Conventions of the ecosystem, which dashboards and linters go by.
  @Test func everyNameOfOursFollowsItsKindAndUnit() {
    #expect(Set(Metric.all.map(\.name)).count == Metric.all.count)
    for metric in Metric.all {
      #expect(metric.name.wholeMatch(of: /(llava|process)_[a-z_]+/) != nil, "\(metric.name)")
      #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
      if case .histogram(let bounds) = metric.kind {
        #expect(metric.name.hasSuffix("_seconds") && bounds == bounds.sorted() && Set(bounds).count == bounds.count)
      }
      #expect(metric.help.hasSuffix(".") && !metric.labels.contains("le"), "\(metric.name)")
    }
  }

  @Test func aProcessKnowsItsOwnFootprint() throws {
    let samples = Dictionary(uniqueKeysWithValues: Footprint().samples.map { ($0.metric.name, $0.value) })
    #expect(try #require(samples["process_resident_memory_bytes"]) > 1_000_000)
    #expect(try #require(samples["process_open_fds"]) >= 3)
    #expect(try #require(samples["process_start_time_seconds"]) > 1_600_000_000)
    #expect(try #require(samples["process_cpu_seconds_total"]) >= 0)
    #expect(try #require(samples["process_max_fds"]) >= 64)
  }
}
