import Checkpoint
import Foundation
import LanguageModel
import ModelFixtures
import Numerics
import Testing
import Tokenizer
import VisionModel

/// The demonstration model from picture to tokens, against the answers of the reference.
@Suite struct DemoModelTests {
  private struct Example: Decodable {
    struct Turn: Decodable {
      let question: String
      let tokenIDs: [Int32]
    }

    let image: String
    let turns: [Turn]
  }

  @Test func firstTurnsOfTheSamplesAreAnsweredTokenForToken() throws {
    let folder = "deploy/models/demo/samples"
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { $0.last!.stringValue == "token_ids" ? Key("tokenIDs") : $0.last! }
    let examples = try String(contentsOfFile: Fixture.path("\(folder)/examples.jsonl"), encoding: .utf8)
      .split(separator: "\n").map { try decoder.decode(Example.self, from: Data($0.utf8)) }

    let checkpoint = try Fixture.demo()
    let compute = Compute(threads: 2)
    let tower = try VisionTower(checkpoint, on: compute)
    let projector = try Projector(checkpoint, on: compute)
    let model = try LlamaModel(checkpoint, on: compute)
    let tokenizer = try Tokenizer(directory: checkpoint.path)
    var features: [String: Tensor] = [:]
    for example in examples {
      let seen = try features[example.image] ?? tower.encode([Fixture.pixels(of: "\(folder)/\(example.image)")])[0]
      features[example.image] = seen
      let image = projector(try #require(seen))
      let prompt = try tokenizer.prompt(for: Conversation(asking: example.turns[0].question))
      var sequence = try Sequence(model, length: image.rows + prompt.elements.count + 256)
      let logits = sequence.step(
        prompt.elements.map { element in
          switch element {
          case .token(let id): .tokens([id])
          case .image: .rows(image)
          }
        })
      let tokens = sequence.greedy(
        after: logits, below: tokenizer.vocabularySize, end: tokenizer.endOfSequenceID, count: 256)
      #expect(tokens == example.turns[0].tokenIDs, "\(example.image): \(example.turns[0].question)")
    }
    #expect(!examples.isEmpty)
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
