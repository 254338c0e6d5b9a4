import Checkpoint
import Imaging
import LanguageModel
import ModelFixtures
import Numerics
import Testing
import TilePlan
import VisionModel

/// A picture in parts, from its pixels to what the prompt holds of it, against transformers' LLaVA-NeXT.
@Suite struct SplitPictureTests {
  /// Sums in another order.
  private static let tolerance: Float = 1e-4

  /// `[tokens, hidden]`: the views' projected features and the row's end, put in the plan's order.
  private func rows(of image: RGBImage, _ tiling: Tiling, _ checkpoint: Checkpoint) throws -> Tensor {
    let compute = Compute(threads: 1)
    let vision = checkpoint.configuration.vision
    let preprocessor = Preprocessor(policy: .tiles(tiling), side: vision.imageSide, patch: vision.patchSide)
    let plan = preprocessor.plan(for: image.size)
    let features = try VisionTower(checkpoint, on: compute).encode(
      preprocessor.views(of: image).map(preprocessor.normalized))
    let projected = try Projector(checkpoint)(Tensor(stacking: features.compactMap { $0 }))
    let rowEnd = try #require(try checkpoint.rowEnd)
    let end = Tensor(rowEnd, rows: 1, columns: rowEnd.count, on: compute)
    let rows = Tensor(stacking: [projected, end]).gathering(rows: plan.sourceRows)
    #expect(rows.rows == plan.tokenCount)
    return rows
  }

  private func difference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }

  @Test(arguments: ["next", "next-original", "next-gguf"]) func theRowsAreTheReferences(layout: String) throws {
    let golden = try CheckpointGolden("next")
    let checkpoint = try CheckpointGolden.splitting(layout)
    for (width, height) in [(60, 40), (30, 30), (100, 23), (20, 40)] {
      let image = Fixture.synthetic(width: width, height: height)
      for (way, tiling) in [("original", checkpoint.tiling), ("transformers", checkpoint.transformersTiling)] {
        let expected = golden.array("\(way)_\(width)x\(height)")
        let found = try rows(of: image, try #require(tiling), checkpoint).values
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
    let rows = try rows(of: image, try #require(checkpoint.tiling), checkpoint)
    let llama = try LlamaModel(checkpoint, on: rows.compute)
    let cache = try KVCache(shape: llama.cacheShape, blockCount: 16)
    let ids = golden.original.inputIDs
    let place = try #require(ids.firstIndex(of: -200))
    let blocks = Array(0..<16 as Range<Int32>)
    let prompt = SequenceChunk(
      [.tokens(Array(ids[..<place])), .rows(rows), .tokens(Array(ids[(place + 1)...]))], at: 0, blocks: blocks,
      logits: .last)
    var logits = llama.forward([prompt], cache: cache)[0]
    #expect(difference(logits, golden.array("logits")) < Self.tolerance)
    var position = ids.count - 1 + rows.rows
    var answer: [Int32] = []
    while answer.count < golden.original.greedyIDs.count {
      let allowed = logits[..<300]
      answer.append(Int32(try #require(allowed.indices.max { allowed[$0] < allowed[$1] })))
      let chunk = SequenceChunk([.tokens([answer[answer.count - 1]])], at: position, blocks: blocks, logits: .last)
      logits = llama.forward([chunk], cache: cache)[0]
      position += 1
    }
    #expect(answer == golden.original.greedyIDs)
  }
}
