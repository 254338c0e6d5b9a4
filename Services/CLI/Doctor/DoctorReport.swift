import Contracts
import Launch

/// What all checks found, for people and for programs.
struct DoctorReport: Equatable, Sendable {
  struct Result: Equatable, Sendable {
    let section: Check.Section
    let name: String
    let outcome: Outcome
  }

  let results: [Result]

  /// Asks one check after the other, since they measure what they would take from each other.
  static func of(_ checks: [Check], showing output: Output = .standardError) async -> DoctorReport {
    var progress = CheckProgress(total: checks.count, output: output)
    var results: [Result] = []
    for check in checks {
      progress.begin(check)
      results.append(Result(section: check.section, name: check.name, outcome: await check.outcome()))
    }
    progress.end()
    return DoctorReport(results: results)
  }

  var failedCount: Int { results.count { if case .failed = $0.outcome { true } else { false } } }
  var warningCount: Int { results.count { if case .warning = $0.outcome { true } else { false } } }

  /// Warnings do not fail.
  var exitStatus: ExitStatus { failedCount == 0 ? .success : .failure }

  /// A line for each check, which says what to do where something is wrong, and the verdict.
  var table: String {
    var table = Table(["SECTION", "CHECK", "", "FOUND"])
    var section: Check.Section?
    for result in results {
      let title = result.section == section ? "" : result.section.rawValue
      section = result.section
      switch result.outcome {
      case .passed(let detail): table.add([title, result.name, "ok", detail])
      case .warning(let detail, let advice): table.add([title, result.name, "warning", "\(detail) → \(advice)"])
      case .failed(let detail, let advice): table.add([title, result.name, "FAILED", "\(detail) → \(advice)"])
      }
    }
    return table.text + "\n" + verdict + "\n"
  }

  private var verdict: String {
    let warnings = warningCount == 0 ? "" : ", \(warningCount) warning\(warningCount == 1 ? "" : "s")"
    return failedCount == 0
      ? "all well: \(results.count) checks\(warnings)" : "\(failedCount) of \(results.count) checks failed\(warnings)"
  }
}

/// The report as one JSON object.
struct DoctorJSON: Encodable {
  struct Line: Encodable {
    var section: Check.Section
    var name: String
    /// passed, warning or failed.
    var state: String
    var found: String
    var advice: String?
  }

  var build = Hello.build
  var passed: Int
  var warnings: Int
  var failed: Int
  var checks: [Line]

  init(_ report: DoctorReport) {
    warnings = report.warningCount
    failed = report.failedCount
    passed = report.results.count - warnings - failed
    checks = report.results.map { result in
      let (state, found, advice): (String, String, String?) =
        switch result.outcome {
        case .passed(let found): ("passed", found, nil)
        case .warning(let found, let advice): ("warning", found, advice)
        case .failed(let found, let advice): ("failed", found, advice)
        }
      return Line(section: result.section, name: result.name, state: state, found: found, advice: advice)
    }
  }
}
