import ArgumentParser
import Clusters
import Concurrency
import Contracts
import Foundation
import Programs
import RPC
import TestSupport

/// More questions than can be answered: those that are answered must stay as many.
struct Overload: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures goodput and refusals at 1 to 10 times what real processes can do.",
    discussion: """
      A gateway, a vision worker and a decoder of one thread each, on the demonstration model; the clients are in this \
      process. Capacity is what a few clients get that ask one question after the other. Levels take turns, since machines \
      drift. Exit status 1 where the median goodput at ten times of it is under 90 % of the best level's, or p99 of a \
      refusal is over 50 ms.
      """)

  @Option(help: "Seconds of each level.") var seconds = 15.0
  @Option(help: "Turns that each level gets.") var rounds = 3
  @Option(help: "What a client waits for an answer, in seconds.") var patience = 5.0

  private static let levels = [1.0, 2, 4, 10]
  private static let closedLoopClients = 8
  private static let leastGoodput = 0.9
  private static let longestRefusal = Duration.milliseconds(50)

  private enum Outcome: Sendable {
    case answered(Duration)
    case refused(Duration)
    /// With anything but an answer or a refusal: what there is to say of it.
    case failed(String)
  }

  func validate() throws {
    guard (1...3600).contains(seconds), (0.1...600).contains(patience), (1...100).contains(rounds) else {
      throw ValidationError(
        "expected 1 to 3600 seconds, a patience of 0.1 to 600 and 1 to 100 rounds, found \(seconds), \(patience) and \(rounds)"
      )
    }
  }

  func run() async throws {
    let processes = Processes()
    let result: Result<Bool, any Error>
    do {
      try processes.startAll(visionCount: 1)
      let pictures = try Evaluation.questions().filter { $0.text == Sample.describe }.prefix(8).map {
        try Evaluation.image(named: $0.image)
      }
      result = .success(
        try await processes.withClient(workerCount: 2) { try await measure(by: $0, about: Array(pictures)) })
    } catch {
      result = .failure(error)
    }
    try await processes.stop()
    guard try result.get() else { throw ExitCode.failure }
  }

  /// Whether the bars are reached.
  private func measure(by client: Client, about pictures: [[UInt8]]) async throws -> Bool {
    let capacity = try await closedLoop(client, pictures)
    print("capacity \(rounded(capacity)) questions a second; a client waits \(rounded(patience)) s")
    var goodputs: [Double: [Double]] = [:]
    var slowestRefusal = Duration.zero
    for level in (0..<rounds).flatMap({ _ in Self.levels }) {
      let rate = capacity * level
      let outcomes = Lock<[Outcome]>([])
      let arrivals = Arrivals(rate: rate, count: Int(rate * seconds))
      let started = SystemClock().now
      _ = try await arrivals.measure { index in
        let outcome = await ask(client, pictures, index)
        outcomes.withLock { $0.append(outcome) }
        return .zero
      }
      // Those that are still answered after the last has come were asked within the time, too.
      let took = Double((SystemClock().now - started).nanoseconds) / 1e9
      let (answers, refusals, failures) = Self.sorted(outcomes.withLock { $0 })
      let goodput = Double(answers.count) / took
      goodputs[level, default: []].append(goodput)
      print(
        "\(rounded(level))x: \(rounded(rate)) a second asked, \(rounded(goodput)) answered in time; "
          + "\(refusals.count) refused"
          + failures.sorted { $0.key < $1.key }.map { ", \($0.value) \($0.key)" }.joined())
      if !answers.isEmpty { print(Figure(name: "  answers", samples: answers).line) }
      if !refusals.isEmpty {
        let figure = Figure(name: "  refusals", samples: refusals)
        slowestRefusal = max(slowestRefusal, figure.quantile(0.99))
        print(figure.line)
      }
    }
    let medians = Self.levels.map { level in
      let sorted = (goodputs[level] ?? []).sorted()
      return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
    let share = medians[medians.count - 1] / (medians.max() ?? 1)
    print(
      "goodput at \(Self.levels.map { "\(Int($0))x" }.joined(separator: ", ")): "
        + medians.map(rounded).joined(separator: ", ")
        + " a second; at 10x \(Int((share * 100).rounded())) % of the best; "
        + "p99 of a refusal at most \(slowestRefusal)")
    return share >= Self.leastGoodput && slowestRefusal <= Self.longestRefusal
  }

  /// Questions a second that some clients get answered who ask one after the other.
  private func closedLoop(_ client: Client, _ pictures: [[UInt8]]) async throws -> Double {
    let clock = SystemClock()
    let end = clock.now + .seconds(seconds)
    let count = Lock(0)
    // One count for all, so that the mix is that of the levels: who asks what is quickly answered would ask it more often.
    let next = Lock(0)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<Self.closedLoopClients {
        group.addTask {
          while clock.now < end {
            let index = next.withLock { next in
              defer { next += 1 }
              return next
            }
            if case .answered = await ask(client, pictures, index) { count.withLock { $0 += 1 } }
          }
        }
      }
    }
    return Double(count.withLock { $0 }) / seconds
  }

  /// Every fourth is about a picture that nobody has seen.
  private func ask(_ client: Client, _ pictures: [[UInt8]], _ index: Int) async -> Outcome {
    let clock = SystemClock()
    let started = clock.now
    var picture = pictures[index % pictures.count]
    if index.isMultiple(of: 4) { picture = picture.commented(UInt64.random(in: .min ... .max)) }
    let request = AskRequest(
      turns: [Turn(.user, [.image(0), .text(Sample.describe)])], imageByteCounts: [picture.count], tokenLimit: 8)
    do {
      _ = try await client.gateway.ask(
        request, images: [picture], in: client.context(deadline: started + .seconds(patience))
      ) { _ in }
      return .answered(clock.now - started)
    } catch {
      let code = ServiceError(error).code
      guard code != .overloaded else { return .refused(clock.now - started) }
      return .failed("\(code) about \(index.isMultiple(of: 4) ? "a new picture" : "a known one")")
    }
  }

  private static func sorted(
    _ outcomes: [Outcome]
  ) -> (answers: [Duration], refusals: [Duration], failures: [String: Int]) {
    var (answers, refusals, failures) = ([Duration](), [Duration](), [String: Int]())
    for outcome in outcomes {
      switch outcome {
      case .answered(let duration): answers.append(duration)
      case .refused(let duration): refusals.append(duration)
      case .failed(let how): failures[how, default: 0] += 1
      }
    }
    return (answers.sorted(), refusals.sorted(), failures)
  }

  private func rounded(_ value: Double) -> String { String(format: "%.1f", value) }
}
