import Checkpoint
import Clusters
import Concurrency
import Contracts
import Decoder
import Foundation
import LanguageModel
import ModelFixtures
import NNGTransport
import Numerics
import RPC
import Testing
import VisionModel

/// Whatever shape a checkpoint has on disk: the reference's features, logits and tokens.
@Suite struct CheckpointShapeTests {
  /// Sums in another order; a wrong name, order or activation is off by hundreds of times as much.
  private static let tolerance: Float = 1e-4
  /// Of what bf16 arithmetic gives, which keeps eight bits of every intermediate result.
  private static let bf16Tolerance: Float = 2e-2

  /// What the tower and the decoder's model make of the golden prompt.
  private func results(
    of golden: CheckpointGolden
  ) throws -> (features: [Float], projected: [Float], logits: [Float]) {
    let checkpoint = try Checkpoint(golden.paths)
    let compute = Compute(threads: 1)
    let tower = try VisionTower(checkpoint, on: compute)
    let pixels = try Fixture.pixels(of: CheckpointGolden.picture, side: CheckpointGolden.side)
    let features = try #require(tower.encode([pixels])[0])
    let projected = try Projector(checkpoint, on: compute)(features)
    let llama = try LlamaModel(checkpoint, on: compute)
    let cache = try KVCache(shape: llama.cacheShape, blockCount: 16)
    let image = try #require(golden.original.inputIDs.firstIndex(of: -200))
    let chunk = SequenceChunk(
      [
        .tokens(Array(golden.original.inputIDs[..<image])), .rows(projected),
        .tokens(Array(golden.original.inputIDs[(image + 1)...])),
      ], at: 0, blocks: (0..<16).map { $0 }, logits: .last)
    return (features.values, projected.values, llama.forward([chunk], cache: cache)[0])
  }

  @Test(arguments: CheckpointGolden.names) func valuesAreTheReferences(name: String) throws {
    let golden = try CheckpointGolden(name)
    let (features, projected, logits) = try results(of: golden)
    #expect(largestDifference(features, golden.array("features")) < Self.tolerance)
    #expect(largestDifference(projected, golden.array("projected")) < Self.tolerance)
    #expect(largestDifference(logits, golden.array("logits")) < Self.tolerance)
  }

  @Test func halfPrecisionArithmeticIsAsFarAsItsRounding() throws {
    let golden = try CheckpointGolden("hf-v5")
    let (features, _, logits) = try results(of: golden)
    #expect(relativeDistance(features, golden.array("bf16_features")) < Self.bf16Tolerance)
    #expect(relativeDistance(logits, golden.array("bf16_logits")) < Self.bf16Tolerance)
  }

  /// Through gateway, vision worker and decoder, as `llava ask` goes.
  @Test(arguments: CheckpointGolden.names) func greedyTokensAreTheReferences(name: String) async throws {
    let golden = try CheckpointGolden(name)
    let picture = try Fixture.bytes(of: CheckpointGolden.picture)
    var shape = Cluster.Shape()
    shape.vision = [golden.paths.model]
    shape.decoders = [golden.paths.model]
    shape.visionTower = golden.paths.visionTower
    try await Cluster.with(shape, over: NNGTransport(clock: SystemClock()), name: "shape-\(name)") { cluster in
      let answer = try await cluster.ask(CheckpointGolden.question, picture) { request in
        (request.tokenLimit, request.element) = (24, .f32)
      }
      #expect(answer.tokens == golden.original.greedyIDs)
      let finished = answer.finished.finished
      #expect(finished.reference == .original && finished.template == "vicuna_v1")
      #expect(answer.finished.images[0].policy == .pad)

      guard let transformers = golden.transformers else { return }
      let other = try await cluster.ask(CheckpointGolden.question, picture) { request in
        (request.tokenLimit, request.element, request.reference) = (24, .f32, .transformers)
      }
      #expect(other.tokens == transformers.greedyIDs)
      #expect(other.finished.finished.reference == .transformers && other.finished.finished.template == "llava_hf")
      #expect(other.finished.images[0].policy == .crop)
      // Prompt ids, of which one is the image's nine.
      #expect(other.finished.finished.usage.promptTokens == transformers.inputIDs.count + 8)
    }
  }

  /// A published decoder without the tower knows it by name, and takes features of no other.
  @Test func aDecoderWithoutItsTowerKnowsItByName() async throws {
    let golden = try CheckpointGolden("original")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString)")
    try FileManager.default.copyItem(atPath: golden.paths.model, toPath: folder.path)
    defer { try? FileManager.default.removeItem(at: folder) }  // what stays behind is in the system's temporary folder
    let config = folder.appendingPathComponent("config.json")
    try String(contentsOf: config, encoding: .utf8)
      .replacingOccurrences(of: "\"mm_hidden_size\": 32", with: "\"mm_hidden_size\": 1024")
      .write(to: config, atomically: true, encoding: .utf8)
    let decoder = try Checkpoint(ModelPaths(folder.path))
    #expect(!decoder.hasTower && decoder.towerName == "openai/clip-vit-large-patch14-336")
    #expect(try decoder.towerFingerprint == nil)
    #expect(throws: CheckpointError.self) { try VisionTower(decoder, on: Compute(threads: 1)) }
    let worker = try Checkpoint(golden.paths)
    #expect(worker.hasTower && worker.towerName == decoder.towerName)
  }

  private func relativeDistance(_ found: [Float], _ expected: [Float]) -> Float {
    guard found.count == expected.count else { return .infinity }
    let square = zip(found, expected).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (square / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }
}
