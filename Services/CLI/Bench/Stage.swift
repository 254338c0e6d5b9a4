import Launch

/// What can be measured, in the order of the report.
enum Stage: String, Sendable, CaseIterable, Codable {
  case load, encode, prefill, decode
  case askAgain = "ask-again"
  case askRestarted = "ask-restarted"
  case firstToken = "first-token"
  case gap
}

/// Stages by their names, separated by commas.
struct StageList: Equatable, Sendable {
  let stages: Set<Stage>

  static let all = StageList(stages: Set(Stage.allCases))
  static let names = Stage.allCases.map(\.rawValue).joined(separator: ",")
}

extension StageList: SettingValue {
  static var expectation: String { "some of \(names)" }

  init?(setting text: String) {
    let names = text.split(separator: ",", omittingEmptySubsequences: false)
    let stages = names.compactMap { Stage(rawValue: String($0)) }
    guard stages.count == names.count, Set(stages).count == stages.count else { return nil }
    self.stages = Set(stages)
  }

  var settingText: String { Stage.allCases.filter(stages.contains).map(\.rawValue).joined(separator: ",") }
}

/// Amounts that a stage is measured for.
struct CountList: SettingValue, Equatable, Sendable {
  /// A line of the report each.
  private static let limit = 8
  /// Longer prompts and more streams than any context and scheduler here have.
  private static let largest = 1 << 20
  let counts: [Int]

  static var expectation: String { "1 to \(limit) whole numbers from 1, such as 64,640" }

  init?(setting text: String) {
    let fields = text.split(separator: ",", omittingEmptySubsequences: false)
    let counts = fields.compactMap { Int($0) }
    guard counts.count == fields.count, counts.count <= Self.limit, Set(counts).count == counts.count,
      counts.allSatisfy({ (1...Self.largest).contains($0) })
    else { return nil }
    self.counts = counts.sorted()
  }

  var settingText: String { counts.map(String.init).joined(separator: ",") }
}
