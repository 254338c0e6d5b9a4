import Concurrency
import Contracts
import Foundation
import Launch
import NNGTransport
import RPC
import Serving
import Testing

@testable import CLI

/// A gateway whose answers the test makes up.
private struct FabricatedGateway: Answering {
  /// Gets the text of the question, and how often it was asked before.
  let answer: @Sendable (String, Int) async throws -> String
  let asked = Lock<[String]>([])

  func ask(
    _ request: AskRequest, upload: @Sendable () async throws -> [[UInt8]],
    reply: @escaping @Sendable (AskReply) async throws -> Void, in context: CallContext
  ) async throws {
    guard case .text(let text) = request.turns[0].parts.last else { return }
    let before = asked.withLock { asked in
      defer { asked.append(text) }
      return asked.count { $0 == text }
    }
    _ = try await upload()
    try await reply(.token(Token(index: 0, id: 1, text: try await answer(text, before))))
    try await reply(.finished(.fabricated))
  }

  func status() async -> StatusReply { StatusReply(isReady: true, reason: "", workers: [], gauges: [], build: "") }
  func health() async -> HealthReply { HealthReply(isReady: true, reason: "", gauges: []) }
}

struct EvaluationTests {
  private func questions(_ count: Int) throws -> [EvalQuestion] {
    try (0..<count).map { number in
      try JSONDecoder().decode(
        EvalQuestion.self, from: Data("{\"question_id\": \(number), \"text\": \"q\(number)\"}".utf8))
    }
  }

  /// Runs an evaluation against `gateway` and returns the ids in the file, in order.
  private func evaluate(
    _ questions: [EvalQuestion], with gateway: FabricatedGateway, to path: String, parallelism: Int
  ) async throws -> [QuestionID] {
    let clock = SystemClock()
    let transport = NNGTransport(clock: clock)
    let address = try Address("inproc://\(UUID().uuidString)")
    let server = Server(
      answering: GatewayHandler(gateway, imageByteLimit: 1), as: Hello(role: .gateway), for: [.client], clock: clock)
    let door = try await transport.listen(at: address)
    let evaluation = try Evaluation(
      questions, file: AnswerFile(at: path), images: "", parallelism: parallelism,
      notes: Output(descriptor: -1, name: "nowhere"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await server.run(on: door) }
      defer { group.cancelAll() }
      // As long as it takes: a machine with much else to do greets late.
      try await Session.with(gatewayAt: address, over: transport, clock: clock, patience: .seconds(3600)) { session in
        try await evaluation.run(session) { turn, _ in
          Question(AskRequest(turns: [turn], imageByteCounts: []), images: [], patience: nil)
        }
      }
    }
    return try writtenAnswers(at: path).map(\.id)
  }

  @Test func answersAreWrittenInTheOrderOfTheQuestionsWhateverComesFirst() async throws {
    try await withDirectory { directory in
      let later = Signal()
      let gateway = FabricatedGateway { text, _ in
        // The first is answered only after the third has been asked.
        if text == "q0" { try await later.wait() }
        if text == "q2" { later.raise() }
        return "answer to \(text)"
      }
      let ids = try await evaluate(try questions(20), with: gateway, to: directory + "/a", parallelism: 3)
      #expect(ids == (0..<20).map { QuestionID.number($0) })
      // What was held back to the end is a part of the answer.
      #expect(try writtenAnswers(at: directory + "/a").map(\.text) == (0..<20).map { "answer to q\($0)!" })
    }
  }

  @Test func anInterruptedEvaluationGoesOnWhereItWas() async throws {
    try await withDirectory { directory in
      let breaking = FabricatedGateway { text, _ in
        if text == "q5" { throw ServiceError(.internalFailure, "broken") }
        return text
      }
      let error = await #expect(throws: ServiceError.self) {
        try await evaluate(try questions(8), with: breaking, to: directory + "/a", parallelism: 1)
      }
      #expect(error?.message == "question 5: broken")
      #expect(try writtenAnswers(at: directory + "/a").map(\.id) == (0..<5).map { QuestionID.number($0) })
      let whole = FabricatedGateway { text, _ in text }
      let ids = try await evaluate(try questions(8), with: whole, to: directory + "/a", parallelism: 2)
      #expect(ids == (0..<8).map { QuestionID.number($0) })
      #expect(whole.asked.withLock { Set($0) } == ["q5", "q6", "q7"])
    }
  }

  @Test func aRefusalForNowIsAskedAgain() async throws {
    try await withDirectory { directory in
      let gateway = FabricatedGateway { text, before in
        if text == "q1", before < 2 { throw ServiceError(.overloaded, "full", retryAfter: .milliseconds(1)) }
        return text
      }
      let ids = try await evaluate(try questions(3), with: gateway, to: directory + "/a", parallelism: 2)
      #expect(ids.count == 3)
      #expect(gateway.asked.withLock { asked in asked.count { $0 == "q1" } } == 3)
    }
  }

  @Test func answersToOtherQuestionsAreNotGoneOnWith() async throws {
    try await withDirectory { directory in
      let path = directory + "/a"
      try Data("{\"question_id\": 99, \"text\": \"a\"}\n".utf8).write(to: URL(fileURLWithPath: path))
      let error = try #require(throws: LaunchError.self) {
        try Evaluation(try questions(3), file: AnswerFile(at: path), images: "", parallelism: 1)
      }
      #expect(error.message.contains("question_id 99"))
    }
  }

  @Test func theBarShowsHowFarAndHowLong() {
    var bar = ProgressBar(total: 100, done: 40, output: Output(descriptor: -1, name: "nowhere"))
    let start = Instant(nanoseconds: 1_000_000_000)
    bar.begin(at: start)
    for _ in 0..<10 { bar.advance(at: start + .seconds(5)) }
    #expect(bar.line(at: start + .seconds(5)) == "[###############...............] 50/100 50 % 2.0/s, 0m25s left")
  }
}
