import Clusters
import Concurrency
import Contracts
import Foundation
import NNGTransport
import Testing

@Suite struct AnswerTests {
  struct Example: Decodable {
    struct Turn: Decodable {
      var question: String
      var answer: String
      var tokenIds: [Int32]
    }

    var image: String
    var turns: [Turn]
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }

  static func examples() throws -> [Example] {
    let file = TestModel.root.appendingPathComponent("deploy/models/demo/samples/examples.jsonl")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try Self.decoder.decode(Example.self, from: Data($0.utf8))
    }
  }

  @Test func everySampleIsAnsweredTokenForTokenAsByTheReference() async throws {
    let examples = try Self.examples()
    let transport = NNGTransport(clock: SystemClock())
    try await Cluster.with(over: transport, name: "answers") { cluster in
      for example in examples {
        let image = try Data(
          contentsOf: TestModel.root.appendingPathComponent("deploy/models/demo/samples/\(example.image)"))
        var turns: [Contracts.Turn] = []
        for (index, turn) in example.turns.enumerated() {
          turns.append(Turn(.user, (index == 0 ? [.image(0)] : []) + [.text(turn.question)]))
          let answer = try await cluster.ask(turns, images: [Array(image)])
          #expect(answer.tokens == turn.tokenIds, "\(example.image): \(turn.question)")
          #expect(answer.text == turn.answer)
          turns.append(Turn(.assistant, [.text(turn.answer)]))
        }
      }
    }
    await transport.close()
  }
}
