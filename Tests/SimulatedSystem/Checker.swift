import Concurrency
import Contracts

/// Holds what clients were told, and what processes did, against what must be.
struct Checker {
  private let system: SimulatedSystem
  private let outcomes: [Chronicle.Outcome?]
  private let executions: [Chronicle.Execution]
  private let now: Instant

  /// How long after a question's end its work may go on: a cancellation's way through two links, and the work that cannot be
  /// stopped in the middle.
  private static let calmAftermath = Duration.seconds(2)
  /// The same where the end is noticed by silence only, on both links.
  private static let aftermath = Duration.seconds(30)
  /// After its deadline the client gives up by itself: a second of grace, and up to a second until it looks.
  private static let overshoot = Duration.seconds(3)

  init(_ system: SimulatedSystem) {
    self.system = system
    outcomes = system.chronicle.outcomes
    executions = system.chronicle.executions
    now = system.simulation.timeline.now
  }

  var violations: [Violation] {
    let ends = system.scenario.questions.flatMap(ends)
    // What goes on for a question without an end goes on for a reason.
    return ends + repeated + (ends.contains { $0.kind == .noEnd } ? [] : survivors)
  }

  // MARK: What clients were told

  private func ends(of question: Question) -> [Violation] {
    let name = "question \(question.number)"
    guard let outcome = outcomes[question.number] else { return [Violation(.noEnd, "\(name) could not be asked")] }
    guard let ended = outcome.ended else {
      return [Violation(.noEnd, "\(name), asked at \(outcome.asked), has no end at \(now)")]
    }
    var violations: [Violation] = []
    if outcome.endCount != 1 { violations.append(Violation(.twoEnds, "\(name) ended \(outcome.endCount) times")) }
    if let deadline = question.deadline, ended - outcome.asked > deadline + Self.overshoot {
      violations.append(
        Violation(.late, "\(name) had \(deadline), and ended after \(ended - outcome.asked)"))
    }
    if let reason = wrong(outcome, question) { violations.append(Violation(.wrongAnswer, "\(name): \(reason)")) }
    return violations
  }

  /// What is wrong with what was heard, be it the whole or the beginning of an answer.
  private func wrong(_ outcome: Chronicle.Outcome, _ question: Question) -> String? {
    guard !outcome.tokens.isEmpty || outcome.finished != nil else { return nil }
    let answer = system.kit.answer(to: question)
    let tokens = outcome.tokens.map(\.id)
    guard outcome.tokens.map(\.index) == Array(tokens.indices) else {
      return "tokens \(outcome.tokens.map(\.index))"
    }
    guard let finished = outcome.finished else {
      return answer.tokens.starts(with: tokens) ? nil : "expected a beginning of \(answer.tokens), found \(tokens)"
    }
    guard tokens == answer.tokens, finished.finished.reason == answer.reason else {
      return "expected \(answer.tokens) (\(answer.reason)), found \(tokens) (\(finished.finished.reason))"
    }
    guard finished.finished.usage.promptTokens == answer.promptTokenCount else {
      return "expected a prompt of \(answer.promptTokenCount) tokens, found \(finished.finished.usage.promptTokens)"
    }
    let digests = question.pictures.map { system.kit.pictures[$0].digest }
    guard finished.images.map(\.digest) == digests else { return "receipts of other pictures" }
    for (receipt, look) in zip(finished.images, answer.looks)
    where !receipt.featureDigest.isEmpty && receipt.featureDigest != look.featureDigest {
      return "a receipt of other features"
    }
    return nil
  }

  // MARK: What processes did

  /// Who carried out a question twice: a gateway and each decoder have it once, whatever is tried again.
  private var repeated: [Violation] {
    struct Place: Hashable {
      let host: String
      let question: Int
    }
    var counts: [Place: Int] = [:]
    var violations: [Violation] = []
    for execution in executions where execution.work == .ask || execution.work == .generate {
      let place = Place(host: execution.host, question: execution.question)
      counts[place, default: 0] += 1
      if counts[place] == 2 {
        violations.append(
          Violation(.doubleExecution, "question \(execution.question) was carried out twice on \(execution.host)"))
      }
    }
    return violations + encodedTwice
  }

  /// Views that were encoded again though nothing was lost, evicted, given up or late: only where nothing of the kind can
  /// have happened is there no excuse.
  private var encodedTwice: [Violation] {
    let scenario = system.scenario
    guard scenario.isCalm, scenario.gateways.count == 1, scenario.bounds.cacheByteCount > 1 << 19,
      outcomes.allSatisfy({ $0?.finished != nil }), system.scrape["llava_hedges_total"] == 0,
      system.scrape["llava_retries_total vision"] == 0
    else { return [] }
    let encodes = Dictionary(grouping: executions.filter { $0.work == .encode }, by: \.subject)
    return encodes.values.filter { $0.count > 1 }.map { executions in
      let list = executions.map {
        "on \($0.host) for question \($0.question) from \($0.began) to \($0.ended.map { "\($0)" } ?? "-")"
      }
      return Violation(.encodedTwice, "a view was encoded " + list.joined(separator: ", and "))
    }
  }

  /// Work that went on long after its question had ended.
  private var survivors: [Violation] {
    let bound = system.scenario.isCalm ? Self.calmAftermath : Self.aftermath
    return executions.compactMap { execution in
      guard outcomes.indices.contains(execution.question), let end = outcomes[execution.question]?.ended,
        (execution.ended ?? now) - end > bound
      else { return nil }
      return Violation(
        .missedCancel,
        "\(execution.work) on \(execution.host) for question \(execution.question), which ended at \(end), "
          + (execution.ended.map { "went on until \($0)" } ?? "goes on at \(now)"))
    }
  }
}
