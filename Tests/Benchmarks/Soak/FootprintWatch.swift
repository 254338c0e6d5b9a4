import Concurrency
import Foundation
import Programs

/// What processes hold, over time.
struct FootprintWatch {
  private struct Sample {
    let seconds: Double
    let residentKiB: Double
    let anonymousKiB: Double
    let descriptorCount: Int
  }

  /// Whether a process has grown.
  struct Verdict {
    let line: String
    let isFlat: Bool
  }

  private let processes: Processes
  private let names: [String]
  private let restingCounts: [String: Int]
  private let started = Date()
  private var samples: [String: [Sample]] = [:]

  /// What an hour may add to a process: more would show in a week.
  private static let hourlyGrowth = 0.05

  /// Counts the descriptors of `names`, which nobody works for now.
  init(of names: [String], _ processes: Processes) async throws {
    self.names = names
    self.processes = processes
    restingCounts = try await Self.restingCounts(of: names, processes)
  }

  /// The fewest within some seconds: connections that have just ended are closed meanwhile.
  private static func restingCounts(of names: [String], _ processes: Processes) async throws -> [String: Int] {
    var fewest: [String: Int] = [:]
    for _ in 0..<50 {
      for name in names { fewest[name] = min(fewest[name] ?? .max, try processes.descriptorCount(name)) }
      try await SystemClock().sleep(for: .milliseconds(100))
    }
    return fewest
  }

  /// Measures all of them, and adds a line for each to the file.
  mutating func measure(to path: String) throws {
    var lines = samples.isEmpty ? "seconds,process,resident_kib,anonymous_kib,descriptors\n" : ""
    for name in names {
      let sample = try sample(of: name)
      samples[name, default: []].append(sample)
      lines += String(
        format: "%.0f,%@,%.0f,%.0f,%d\n", sample.seconds, name, sample.residentKiB, sample.anonymousKiB,
        sample.descriptorCount)
    }
    if samples.values.first?.count == 1 { try Data().write(to: URL(fileURLWithPath: path)) }
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data(lines.utf8))
    try file.close()
  }

  private func sample(of name: String) throws -> Sample {
    let text = try String(contentsOfFile: "/proc/\(processes.identifier(name))/status", encoding: .utf8)
    func kibibytes(_ key: String) -> Double {
      let line = text.split(separator: "\n").first { $0.hasPrefix("\(key):") }
      return line.flatMap { Double($0.split(whereSeparator: \.isWhitespace)[1]) } ?? .nan
    }
    return Sample(
      seconds: Date().timeIntervalSince(started), residentKiB: kibibytes("VmRSS"), anonymousKiB: kibibytes("RssAnon"),
      descriptorCount: try processes.descriptorCount(name))
  }

  /// What became of each, `share` of the time left out; once nobody works for them any more.
  func verdicts(afterWarmUp share: Double) async throws -> [Verdict] {
    let counts = try await Self.restingCounts(of: names, processes)
    return names.map { name in
      let all = samples[name] ?? []
      let warm = all.dropFirst(Int(Double(all.count) * share))
      let line = Line(through: warm.map { ($0.seconds / 60, $0.anonymousKiB) })
      let (before, after) = (restingCounts[name] ?? 0, counts[name] ?? 0)
      let isFlat =
        (line.slope * 60 <= Self.hourlyGrowth * line.mean || line.slope <= 2 * line.slopeError) && after <= before
      let text = String(
        format: "%@: memory %.1f MiB, then %.1f MiB, %+.2f ± %.2f KiB a minute; descriptors at rest %d, then %d: %@",
        name, (warm.first?.anonymousKiB ?? 0) / 1024, (warm.last?.anonymousKiB ?? 0) / 1024, line.slope,
        line.slopeError, before, after, isFlat ? "flat" : "GROWS")
      return Verdict(line: text, isFlat: isFlat)
    }
  }
}

/// The line of least squares through points.
struct Line {
  let slope: Double
  /// The slope's standard error.
  let slopeError: Double
  let mean: Double

  init(through points: [(x: Double, y: Double)]) {
    func sum(_ value: ((x: Double, y: Double)) -> Double) -> Double { points.reduce(0) { $0 + value($1) } }
    let count = Double(points.count)
    let (meanX, meanY) = (sum { $0.x } / count, sum { $0.y } / count)
    let spread = sum { ($0.x - meanX) * ($0.x - meanX) }
    let slope = sum { ($0.x - meanX) * ($0.y - meanY) } / spread
    let squares = sum { point in
      let residual = point.y - meanY - slope * (point.x - meanX)
      return residual * residual
    }
    self.slope = slope
    mean = meanY
    slopeError = (squares / max(1, count - 2) / spread).squareRoot()
  }
}
