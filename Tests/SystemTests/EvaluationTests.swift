import Clusters
import Concurrency
import Contracts
import Foundation
import NNGTransport
import Testing

/// The part of the demonstration model's evaluation set that is in the repository.
enum Evaluation {
  struct Question: Decodable {
    var questionId: Int
    var image: String
    var text: String
    var answer: String
    /// Place of the picture in the set.
    var imageIndex: Int { Int(image.prefix(4)) ?? -1 }
  }

  struct Reference: Decodable {
    var questionId: Int
    var text: String
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }

  private static let folder = TestModel.root.appendingPathComponent("deploy/models/demo/eval")

  private static func lines<Value: Decodable>(_ name: String) throws -> [Value] {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8).split(separator: "\n")
      .map { try Self.decoder.decode(Value.self, from: Data($0.utf8)) }
  }

  static func questions() throws -> [Question] { try lines("question.jsonl") }
  static func references() throws -> [Int: String] {
    Dictionary(uniqueKeysWithValues: (try lines("answers.jsonl") as [Reference]).map { ($0.questionId, $0.text) })
  }

  static func image(named name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent("images/\(name)")))
  }

  static func image(_ index: Int) throws -> [UInt8] {
    guard let name = try questions().first(where: { $0.imageIndex == index })?.image else { return [] }
    return try image(named: name)
  }
}

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
