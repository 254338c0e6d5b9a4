import Clusters
import Concurrency
import Contracts
import Foundation
import Programs
import RPC
import Testing

/// Many at once, and very many in a row.
@Suite(.serialized, .enabled(if: KillMatrixTests.isWhole)) struct BurstTests {
  private static let questionCount = 2000
  private static let connectionCount = 4
  /// Of those that come in a row, so many at a time: fewer than are refused.
  private static let crowd = 64
  private static let question = Question(
    picture: "0000.jpg", text: "Which color does the cross have?\nAnswer the question using a single word or phrase.",
    tokenLimit: 4)
  /// What a gateway has besides what it counts: programs, stacks, buffers of its connections.
  private static let base = 256 << 20

  /// What became of questions, as their clients heard it.
  private struct Tally: Equatable {
    var answered = 0
    var refused = 0
    var failed = 0
    /// With their texts; there should be one.
    var answers: Set<String> = []
    var errors: Set<String> = []

    mutating func count(_ outcome: Asked.Outcome) {
      switch outcome {
      case .answered(let text):
        answered += 1
        answers.insert(text)
      case .failed(let error) where error.code == .overloaded:
        refused += 1
        errors.insert(error.message)
      case .failed(let error):
        failed += 1
        errors.insert("\(error)")
      }
    }
  }

  /// Asks the same of so many pictures, by several connections; `crowd` at a time.
  private static func ask(_ processes: Processes, first: Int, crowd: Int) async throws -> Tally {
    try await withThrowingTaskGroup(of: Tally.self) { group in
      for connection in 0..<connectionCount {
        group.addTask {
          try await processes.withClient(workerCount: 3) { client in
            await tally(client, first: first + connection, crowd: crowd / connectionCount)
          }
        }
      }
      return try await group.reduce(into: Tally()) { sum, part in
        sum.answered += part.answered
        sum.refused += part.refused
        sum.failed += part.failed
        sum.answers.formUnion(part.answers)
        sum.errors.formUnion(part.errors)
      }
    }
  }

  private static func tally(_ client: Client, first: Int, crowd: Int) async -> Tally {
    let numbers = stride(from: first, to: first + questionCount, by: connectionCount).map(\.self)
    return await withTaskGroup(of: Asked.Outcome?.self) { group in
      var waiting = numbers[...]
      func next() {
        guard let number = waiting.popFirst() else { return }
        let asked = Asked(question, number: number)
        group.addTask {
          await asked.run(by: client, deadline: .distantFuture)
          return asked.heard.state.outcome
        }
      }
      for _ in 0..<crowd { next() }
      var tally = Tally()
      while let outcome = await group.next() {
        if let outcome { tally.count(outcome) }
        next()
      }
      return tally
    }
  }

  /// Of a process's memory, in bytes.
  private static func memory(_ line: String, _ processes: Processes, _ name: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(processes.identifier(name))/status", encoding: .utf8)
    let value = try #require(status.split(separator: "\n").first { $0.hasPrefix(line + ":") })
    return try #require(Int(value.split(separator: " ").dropLast().last ?? "")) << 10
  }

  @Test(.timeLimit(.minutes(10))) func twoThousandAtOnceAreAnsweredOrRefusedWithAReason() async throws {
    let processes = Processes()
    let cacheByteCount = 64 << 20
    try processes.startAll(
      visionCount: 2, telling: Processes.showing, gatewayTelling: ["--feature-cache", "\(cacheByteCount)B"])
    let tally = try await Self.ask(processes, first: 1, crowd: Self.questionCount)
    print("burst: \(tally.answered) answered, \(tally.refused) refused")
    #expect(tally.answered + tally.refused == Self.questionCount && tally.answers.count == 1 && tally.answered > 0)
    #expect(tally.failed == 0 && tally.errors.allSatisfy { !$0.isEmpty }, "\(tally.errors)")
    try await Self.expectRest(processes, tally)
    let numbers = try await processes.numbersNow(of: "gateway")
    let stated = [
      #"llava_feature_cache_limit_bytes{cache="features"}"#, #"llava_feature_cache_limit_bytes{cache="pictures"}"#,
      "llava_upload_limit_bytes",
    ].map { Int(numbers[$0] ?? .nan) }.reduce(0, +)
    let (now, peak) = (try Self.memory("VmRSS", processes, "gateway"), try Self.memory("VmHWM", processes, "gateway"))
    print("burst: the gateway has \(now >> 20) MiB, had \(peak >> 20) MiB; its bounds are \(stated >> 20) MiB")
    #expect(peak < stated + Self.base)
    // What it keeps is its cache: the uploads have gone.
    #expect(now < cacheByteCount + Self.base)
    try await processes.stop()
  }

  @Test(.timeLimit(.minutes(10))) func twoThousandInARowAreAllAnsweredOnce() async throws {
    let processes = Processes()
    try processes.startAll(visionCount: 2, telling: Processes.showing)
    let tally = try await Self.ask(processes, first: 1, crowd: Self.crowd)
    #expect(tally.answered == Self.questionCount && tally.answers.count == 1, "\(tally)")
    try await Self.expectRest(processes, tally)
    try await processes.stop()
  }

  /// Every ledger adds up, with nothing in progress, and the gateway's says what its clients say.
  private static func expectRest(_ processes: Processes, _ tally: Tally) async throws {
    let names = ["gateway", "vision-0", "vision-1", "decoder"]
    try await Rest.reached(by: names, of: processes, before: SystemClock().now + .seconds(30))
    let numbers = try await processes.numbersNow(of: "gateway")
    func value(_ outcome: String) -> Double? {
      numbers["llava_requests_total{kind=\"questions\",outcome=\"\(outcome)\"}"]
    }
    #expect(numbers[#"llava_requests_received_total{kind="questions"}"#] == Double(questionCount))
    #expect(value("completed") == Double(tally.answered) && value("failed") == 0 && value("cancelled") == 0)
    #expect(value("refused") == Double(tally.refused))
  }
}
