import Foundation

/// What a step takes on this machine, learnt from the steps that it has computed.
///
/// A step reads every weight once, which its rows share, and then pays for each of them: the more rows, the less each of
/// them takes. How much less is known only where steps have been measured. So steps are kept by their size: what a prompt
/// alone took, in hundreds of rows, says little about the dozens that fit beside streams, and makes nobody forget them.
struct StepCost: Sendable {
  private struct Sample {
    let rowCount: Int
    let seconds: Double

    var rowSeconds: Double { seconds / Double(rowCount) }
  }

  /// Steps of each size that count. Of five, two may be anything, and three follow a change.
  static let sampleCount = 5
  /// A row of a larger step may seem to take so much more, for what it looks back on and by chance.
  private static let tolerance = 1.25
  /// Up to so many rows a step is light: their own cost is small beside the reading of the weights.
  private static let lightRowCount = 16

  /// The last steps of each size.
  private var steps: [Int: [Sample]] = [:]
  /// Of each size the step of median time, by ascending rows.
  private var typical: [Sample] = []

  /// `rowCount` is positive.
  mutating func measure(rowCount: Int, duration: Duration) {
    let size = Self.size(of: rowCount)
    let known = (steps[size] ?? []).suffix(Self.sampleCount - 1)
    steps[size] = known + [Sample(rowCount: rowCount, seconds: duration / .seconds(1))]
    // Larger ones that took more for each row were measured while the machine was slower.
    let most = Self.median(steps[size]!).rowSeconds * Self.tolerance
    steps = steps.filter { $0.key <= size || Self.median($0.value).rowSeconds <= most }
    typical = steps.sorted { $0.key < $1.key }.map { Self.median($0.value) }
  }

  /// Rows of a step that takes `bound`, and `limit` at most. Nil before a step has been measured.
  ///
  /// A step that was short enough vouches for one that is longer in proportion, since the rows of that take less each; so
  /// the answer comes up to the bound from below. One that was too long says the same of those that are smaller.
  func rowCount(within bound: Duration, atMost limit: Int) -> Int? {
    guard !typical.isEmpty else { return nil }
    let seconds = bound / .seconds(1)
    let reaches = typical.map { (isShort: $0.seconds <= seconds, rowCount: seconds / $0.rowSeconds) }
    let vouched = reaches.prefix { $0.isShort }.map(\.rowCount).max() ?? 0
    let least = reaches.first { !$0.isShort }?.rowCount ?? .infinity
    return Int(min(vouched, least, Double(limit)))
  }

  /// What one more row costs in a step of `tokenCount` rows that yield a token each: the tokens that are made elsewhere
  /// in the time that it takes. Nil before light and heavy steps have been measured.
  func price(ofRowBeside tokenCount: Int) -> Double? {
    let lights = typical.prefix { $0.rowCount <= Self.lightRowCount }
    guard let heavy = typical.dropFirst(lights.count).first,
      let light = lights.last(where: { $0.rowCount <= tokenCount }) ?? lights.first
    else { return nil }
    let row = (heavy.seconds - light.seconds) / Double(heavy.rowCount - light.rowCount)
    guard row > 0 else { return 0 }
    let fixed = max(0, light.seconds - row * Double(light.rowCount))
    return row * Double(tokenCount) / (fixed + row * Double(tokenCount))
  }

  /// Two sizes for every doubling of the rows.
  private static func size(of rowCount: Int) -> Int { Int(2 * log2(Double(rowCount))) }

  /// Of at least one.
  private static func median(_ samples: [Sample]) -> Sample {
    samples.sorted { $0.rowSeconds < $1.rowSeconds }[samples.count / 2]
  }
}
