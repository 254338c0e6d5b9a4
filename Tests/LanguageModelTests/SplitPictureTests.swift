import Checkpoint
import Foundation
import Imaging
import LanguageModel
import ModelFixtures
import Numerics
import Testing
import TilePlan
import Tokenizer
import VisionModel

/// A picture in parts, from its pixels to what the prompt holds of it, against transformers' LLaVA-NeXT.
@Suite struct SplitPictureTests {
  /// Sums in another order.
  private static let tolerance: Float = 1e-4

  private func difference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }

  @Test(arguments: ["next", "next-original", "next-gguf"]) func theRowsAreTheReferences(layout: String) throws {
    let golden = try CheckpointGolden("next")
    let checkpoint = try CheckpointGolden.splitting(layout)
    let sight = try Sight(checkpoint)
    for (width, height) in [(60, 40), (30, 30), (100, 23), (20, 40)] {
      let image = Fixture.synthetic(width: width, height: height)
      for (way, tiling) in [("original", checkpoint.tiling), ("transformers", checkpoint.transformersTiling)] {
        let expected = golden.array("\(way)_\(width)x\(height)")
        let found = try sight.rows(of: image, try #require(tiling)).values
        #expect(difference(found, expected) < Self.tolerance, "\(way) \(width)x\(height)")
      }
    }
    // Of two equally good grids each way takes another.
    #expect(golden.array("original_30x30").count != golden.array("transformers_30x30").count)
  }

  @Test func theLogitsAndTokensAreTheReferences() throws {
    let golden = try CheckpointGolden("next")
    let checkpoint = try CheckpointGolden.splitting("next")
    let image = try ImageDecoder.decode(Fixture.bytes(of: CheckpointGolden.picture))
    let rows = try Sight(checkpoint).rows(of: image, try #require(checkpoint.tiling))
    let ids = golden.original.inputIDs
    let place = try #require(ids.firstIndex(of: -200))
    var sequence = try Sequence(try LlamaModel(checkpoint, on: rows.compute), length: 256)
    let logits = sequence.step([.tokens(Array(ids[..<place])), .rows(rows), .tokens(Array(ids[(place + 1)...]))])
    #expect(difference(logits, golden.array("logits")) < Self.tolerance)
    #expect(sequence.greedy(after: logits, below: 300, end: nil, count: 24) == golden.original.greedyIDs)
  }

  private struct Question: Decodable {
    let image: String
    let text: String
  }

  private struct Answer: Decodable {
    let text: String
  }

  private func lines<Line: Decodable>(_ name: String, as type: Line.Type) throws -> [Line] {
    try Fixture.bytes(of: "deploy/models/demo-hd/eval/\(name)").split(separator: UInt8(ascii: "\n"))
      .map { try JSONDecoder().decode(type, from: Data($0)) }
  }

  /// Small text, which the plain model does not read, and small shapes; the picture is read once for all its questions.
  @Test(arguments: ["0006.png", "0007.jpg", "0011.jpg"])
  func theDemonstrationModelAnswersAsTheReference(picture: String) throws {
    let checkpoint = try Checkpoint(ModelPaths(Fixture.path("deploy/models/demo-hd")))
    let image = try ImageDecoder.decode(Fixture.bytes(of: "deploy/models/demo-hd/eval/images/\(picture)"))
    let seen = try Sight(checkpoint).rows(of: image, try #require(checkpoint.tiling))
    #expect(seen.rows == 2_928)
    let tokenizer = try Tokenizer(directory: checkpoint.path)
    var prefix = try Sequence(try LlamaModel(checkpoint, on: seen.compute), length: 4_096)
    var isRead = false
    var count = 0
    for (question, answer) in zip(
      try lines("question.jsonl", as: Question.self), try lines("answers.jsonl", as: Answer.self))
    where question.image == picture {
      let elements = try tokenizer.prompt(for: Conversation(asking: question.text)).elements
      let place = try #require(elements.firstIndex { if case .image = $0 { true } else { false } })
      func tokens(_ range: Range<Int>) -> SequenceChunk.Input {
        .tokens(elements[range].compactMap { if case .token(let id) = $0 { id } else { nil } })
      }
      if !isRead { _ = prefix.step([tokens(0..<place), .rows(seen)]) }
      isRead = true
      var sequence = prefix  // what comes after the picture is written over
      let logits = sequence.step([tokens(place + 1..<elements.count)])
      let ids = sequence.greedy(
        after: logits, below: tokenizer.vocabularySize, end: tokenizer.endOfSequenceID, count: 160)
      let text = String(decoding: ids.flatMap(tokenizer.bytes).drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
      #expect(text == answer.text, "\(picture): \(question.text)")
      count += 1
    }
    #expect(count == 5)
  }
}

/// A model's eyes: from a picture to what the prompt holds of it.
private struct Sight {
  private let checkpoint: Checkpoint
  private let tower: VisionTower
  private let projector: Projector
  private let rowEnd: Tensor

  init(_ checkpoint: Checkpoint) throws {
    let compute = Compute(threads: 2)
    self.checkpoint = checkpoint
    tower = try VisionTower(checkpoint, on: compute)
    projector = try Projector(checkpoint, on: compute)
    let vector = try #require(try checkpoint.rowEnd)
    rowEnd = Tensor(vector, rows: 1, columns: vector.count, on: compute)
  }

  /// `[tokens, hidden]`: the views' projected features and the row's end, put in the plan's order.
  func rows(of image: RGBImage, _ tiling: Tiling) throws -> Tensor {
    let vision = checkpoint.configuration.vision
    let preprocessor = Preprocessor(policy: .tiles(tiling), side: vision.imageSide, patch: vision.patchSide)
    let plan = preprocessor.plan(for: image.size)
    let features = tower.encode(preprocessor.views(of: image).map(preprocessor.normalized))
    let projected = projector(Tensor(stacking: features.compactMap { $0 }))
    let rows = Tensor(stacking: [projected, rowEnd]).gathering(rows: plan.sourceRows)
    #expect(rows.rows == plan.tokenCount)
    return rows
  }
}
