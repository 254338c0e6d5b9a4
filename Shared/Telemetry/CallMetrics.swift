import Metrics

/// What a process counts of its calls, through swift-metrics: nothing is kept where no backend is installed.
///
///     llava_calls_total{process, outcome}     counter
///     llava_call_seconds{process}             timer, of calls that were accepted
public struct CallMetrics: Sendable {
  public enum Outcome: String, Sendable, CaseIterable { case refused, completed, failed, cancelled }

  private let counters: [Outcome: Counter]
  private let duration: Metrics.Timer

  /// `process` is the plural of what is counted: questions, images, generations.
  public init(process: String) {
    let pairs = Outcome.allCases.map { outcome in
      (outcome, Counter(label: "llava_calls_total", dimensions: [("process", process), ("outcome", outcome.rawValue)]))
    }
    counters = Dictionary(uniqueKeysWithValues: pairs)
    duration = Metrics.Timer(label: "llava_call_seconds", dimensions: [("process", process)])
  }

  /// A call has ended, or was refused; `nanoseconds` since it was accepted.
  public func ended(_ outcome: Outcome, after nanoseconds: Int64? = nil) {
    counters[outcome]?.increment()
    if let nanoseconds { duration.recordNanoseconds(nanoseconds) }
  }
}
