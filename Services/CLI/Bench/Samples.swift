import Concurrency

/// One repeat of what is measured, and what the machine could do around it.
struct Sample: Equatable, Sendable {
  var seconds: Double
  var limits: MachineLimits
}

extension [Sample] {
  var seconds: [Double] { map(\.seconds) }
  var limits: [MachineLimits] { map(\.limits) }
}

extension [Double] {
  /// The middle one, or the mean of the two in the middle. Of at least one.
  var median: Double {
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }

  /// The least value that `share` of all are at or below (nearest rank). Of at least one.
  func quantile(_ share: Double) -> Double {
    let rank = (Double(count) * share).rounded(.up)
    return sorted()[Swift.min(count, Swift.max(1, Int(rank))) - 1]
  }
}

extension Duration {
  var inSeconds: Double { Double(nanoseconds) / 1e9 }
}
