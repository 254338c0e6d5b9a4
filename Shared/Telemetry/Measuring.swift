import Concurrency
import Metrics

/// Takes how long things took, one series of a histogram of seconds.
public struct DurationMeter: Sendable {
  let timer: Metrics.Timer

  public func record(_ duration: Duration) { timer.recordNanoseconds(duration.nanoseconds) }
}

/// Counts what nobody else keeps count of, one series of a counter.
public struct CountMeter: Sendable {
  let counter: Counter

  public func add(_ count: Int = 1) { counter.increment(by: count) }
}

extension MetricRegistry {
  /// The series of a histogram of seconds under these values of its labels.
  public func durations(of metric: Metric, _ labelValues: String...) -> DurationMeter {
    DurationMeter(
      timer: Metrics.Timer(label: metric.name, dimensions: Array(zip(metric.labels, labelValues)), factory: self))
  }

  /// The series of a counter under these values of its labels.
  public func counts(of metric: Metric, _ labelValues: String...) -> CountMeter {
    CountMeter(counter: Counter(label: metric.name, dimensions: Array(zip(metric.labels, labelValues)), factory: self))
  }
}
