/// What a step takes on this machine, learnt from the steps that it has computed.
///
/// A step reads every weight once and then pays for each of its rows, so its time is nearly a line over the number of
/// rows. The line is laid through two groups of recent steps: light ones, which are mostly the reading, and heavy ones,
/// which are mostly their rows. It begins at the light step of median time and has the median of the slopes from there
/// to the heavy ones, so a step that was held up by something else does not move it.
///
/// Where reading and arithmetic overlap, the line is flat at first and then steep, and beyond the measured steps it may
/// promise too much. So a step is never trusted to compute its rows faster than the heavy ones did theirs, in the
/// median: that errs on the safe side, and by less and less as steps come near the bound.
struct StepCost: Sendable {
  private struct Sample {
    let rowCount: Int
    let seconds: Double
  }

  /// Steps of each group that count. Of five, two may be anything, and three follow a change.
  static let sampleCount = 5
  /// Up to so many rows a step is light: their own cost is small beside the reading of the weights.
  static let lightRowCount = Limits.leastPrefillTokenCount

  private var light: [Sample] = []
  private var heavy: [Sample] = []
  private var line: Line?

  /// All in seconds.
  private struct Line {
    let fixed: Double
    let row: Double
    /// A heavy step's time, divided by its rows.
    let heavyRow: Double
  }

  mutating func measure(rowCount: Int, duration: Duration) {
    let sample = Sample(rowCount: rowCount, seconds: duration / .seconds(1))
    if rowCount <= Self.lightRowCount {
      light = light.suffix(Self.sampleCount - 1) + [sample]
    } else {
      heavy = heavy.suffix(Self.sampleCount - 1) + [sample]
    }
    line = fit()
  }

  /// Rows of a step that takes `bound`, and `limit` at most. Nil before a heavy step has been measured.
  func rowCount(within bound: Duration, atMost limit: Int) -> Int? {
    guard let line else { return nil }
    let seconds = bound / .seconds(1)
    guard seconds > line.fixed else { return 0 }
    return Int(min((seconds - line.fixed) / line.row, seconds / line.heavyRow, Double(limit)))
  }

  /// What one more row costs in a step of `tokenCount` rows that yield a token each: the tokens that are made elsewhere
  /// in the time that it takes. Nil before light and heavy steps have been measured.
  func price(ofRowBeside tokenCount: Int) -> Double? {
    guard let line, !light.isEmpty else { return nil }
    guard line.row > 0 else { return 0 }
    return line.row * Double(tokenCount) / (line.fixed + line.row * Double(tokenCount))
  }

  private func fit() -> Line? {
    guard !heavy.isEmpty else { return nil }
    let heavyRow = Self.median(heavy.map { $0.seconds / Double($0.rowCount) })
    guard !light.isEmpty else { return Line(fixed: 0, row: heavyRow, heavyRow: heavyRow) }
    let start = light.sorted { $0.seconds < $1.seconds }[light.count / 2]
    let row = max(0, Self.median(heavy.map { ($0.seconds - start.seconds) / Double($0.rowCount - start.rowCount) }))
    return Line(fixed: max(0, start.seconds - row * Double(start.rowCount)), row: row, heavyRow: heavyRow)
  }

  /// Of at least one.
  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
