import Concurrency
import Contracts

/// One request through all processes, each stage where it was in time.
///
/// Clocks of processes have no common origin; what they tell is how long before the answer a request began, which puts them
/// beside each other to within the time of the answer itself, less than a millisecond on one machine.
struct Waterfall {
  private let records: [TraceRecord]

  /// `records` by their beginning.
  init(_ records: [TraceRecord]) { self.records = records }

  private struct Row {
    let name: String
    let start: Duration
    let duration: Duration
  }

  var text: String {
    guard let origin = records.map(\.beganAgo).max() else { return "" }
    let rows = records.flatMap { record in
      let begin = origin - record.beganAgo
      let whole = "\(record.process), \(record.kind)" + (record.outcome == "completed" ? "" : ", \(record.outcome)")
      return [Row(name: whole, start: begin, duration: record.duration)]
        + record.stages.map { Row(name: "  \($0.name)", start: begin + $0.start, duration: $0.duration) }
    }
    let total = max(rows.map { Self.microseconds($0.start + $0.duration) }.max() ?? 1, 1)
    var table = Table(["", "FROM", "FOR", ""], alignedRight: [1, 2])
    for row in rows {
      let (start, count) = (Self.microseconds(row.start), Self.microseconds(row.duration))
      table.add([
        row.name, Self.milliseconds(start), Self.milliseconds(count),
        Explanation.bar(from: start, count: count, of: total),
      ])
    }
    return table.text
  }

  private static func microseconds(_ duration: Duration) -> Int { Int(duration.nanoseconds / 1000) }

  private static func milliseconds(_ microseconds: Int) -> String {
    let tenths = (microseconds + 50) / 100
    return "\(tenths / 10).\(tenths % 10) ms"
  }
}
