import Concurrency
import Metrics

/// One series that is written to. Each is a lock and a few numbers: what is measured happens far less often than a
/// microsecond, and never waits for a scrape longer than a copy takes.
final class NumberCell: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, Sendable {
  private let value = Lock(0.0)

  var reading: Family.Reading { .number(value.withLock { $0 }) }

  func increment(by amount: Int64) { increment(by: Double(amount)) }
  /// Only ever up: `decrement` is for gauges.
  func increment(by amount: Double) { if amount > 0 { add(amount) } }
  func decrement(by amount: Double) { add(-amount) }
  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { self.value.withLock { $0 = value } }
  func record(_ value: Int64) { set(Double(value)) }
  func record(_ value: Double) { set(value) }
  func reset() { set(0.0) }

  private func add(_ amount: Double) { value.withLock { $0 += amount } }
}

/// A histogram of seconds, or of whatever is recorded.
final class HistogramCell: TimerHandler, RecorderHandler, Sendable {
  private struct State {
    var counts: [Int]
    var sum = 0.0
  }

  private let bounds: [Double]
  private let state: Lock<State>

  init(bounds: [Double]) {
    self.bounds = bounds
    state = Lock(State(counts: Array(repeating: 0, count: bounds.count + 1)))
  }

  var reading: Family.Reading { state.withLock { .histogram(counts: $0.counts, sum: $0.sum) } }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
  func record(_ value: Int64) { record(Double(value)) }

  /// A value belongs to the first bucket whose bound is not below it. One that is no number belongs to none.
  func record(_ value: Double) {
    guard value.isFinite else { return }
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock { state in
      state.counts[bucket] += 1
      state.sum += value
    }
  }
}

/// Takes what is over a bound, and forgets it.
final class NoCell: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
  func increment(by amount: Int64) {}
  func increment(by amount: Double) {}
  func decrement(by amount: Double) {}
  func set(_ value: Int64) {}
  func set(_ value: Double) {}
  func record(_ value: Int64) {}
  func record(_ value: Double) {}
  func recordNanoseconds(_ duration: Int64) {}
  func reset() {}
}
