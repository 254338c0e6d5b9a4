import Clusters
import Concurrency
import Contracts
import Foundation
import NNGTransport
import Testing

@Suite struct EvaluationTests {
  /// What the reference answers in another way than we do, in fp32 on both sides: ties that rounding decides.
  private static let differingShare = 0.01
  /// How far the share of right answers may be from the reference's.
  private static let accuracyDifference = 0.005

  @Test func theEvaluationSetIsAnsweredAsByTheReference() async throws {
    let questions = try Evaluation.questions()
    let references = try Evaluation.references()
    let transport = NNGTransport(clock: SystemClock())
    var shape = Cluster.Shape()
    shape.vision = [TestModel.demo, TestModel.demo]
    shape.gateway = { $0.requestCount = questions.count }
    shape.decoder = { $0.requestCount = questions.count }
    let answers = try await Cluster.with(shape, over: transport, name: "evaluation") { cluster in
      try await withThrowingTaskGroup(of: (Int, String).self) { group in
        for question in questions {
          group.addTask {
            let image = try Evaluation.image(named: question.image)
            return (question.questionId, try await cluster.ask(question.text, image) { $0.tokenLimit = 160 }.text)
          }
        }
        return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
      }
    }
    await transport.close()
    let count = Double(questions.count)
    let differing = questions.filter { answers[$0.questionId] != references[$0.questionId] }
    #expect(Double(differing.count) / count <= Self.differingShare, "\(differing.map(\.questionId))")
    let right = Double(questions.count { answers[$0.questionId] == $0.answer }) / count
    let expected = Double(questions.count { references[$0.questionId] == $0.answer }) / count
    #expect(abs(right - expected) <= Self.accuracyDifference, "right \(right), the reference \(expected)")
  }
}
