import Concurrency
import Glibc

/// Open-loop arrivals: requests start when a Poisson process says, whether or not earlier ones have been answered, so
/// that a slow answer does not hide the wait of those behind it.
struct Arrivals {
  /// A second.
  let rate: Double
  let count: Int

  /// Runs `body` at each arrival and gathers what it measures, sorted.
  func measure(
    seed: UInt64 = 1, _ body: @escaping @Sendable (Int) async throws -> Duration
  ) async throws -> [Duration] {
    let clock = SystemClock()
    var state = seed
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Double(state >> 11) + 0.5) * 0x1p-53
    }
    var next = clock.now
    return try await withThrowingTaskGroup(of: Duration.self) { group in
      for index in 0..<count {
        next = next + .seconds(-log(uniform()) / rate)
        try await clock.sleep(until: next)
        group.addTask { try await body(index) }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted()
    }
  }
}

/// One line of the report.
struct Figure {
  let name: String
  /// Sorted.
  let samples: [Duration]

  func quantile(_ share: Double) -> Duration {
    samples[min(samples.count - 1, Int((Double(samples.count) * share).rounded(.down)))]
  }

  var line: String {
    func milliseconds(_ duration: Duration) -> String {
      let text = "\((Double(duration.nanoseconds) / 1e4).rounded() / 100)"
      return String(repeating: " ", count: max(0, 9 - text.count)) + text + " ms"
    }
    let title = name + String(repeating: " ", count: max(1, 52 - name.count))
    return "\(title)p50\(milliseconds(quantile(0.5)))   p99\(milliseconds(quantile(0.99)))   n=\(samples.count)"
  }
}
