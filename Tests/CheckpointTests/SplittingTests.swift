import Foundation
import Numerics
import Testing
import TilePlan

@testable import Checkpoint

/// What checkpoints say about pictures that are seen in parts.
@Suite struct SplittingTests {
  private static let grids = [(1, 2), (2, 1), (2, 2), (3, 1), (1, 3)].map { TileGrid(columns: $0.0, rows: $0.1) }

  private func golden(_ name: String) throws -> Checkpoint {
    try Checkpoint(ModelPaths(Fixtures.golden("checkpoints/\(name)")))
  }

  @Test(arguments: ["next", "next-original", "next-gguf"])
  func everyLayoutSaysTheGridsAndHasTheVector(name: String) throws {
    let checkpoint = try Checkpoint(
      ModelPaths(
        Fixtures.golden("checkpoints/\(name)"),
        visionTower: name == "next-original" ? Fixtures.golden("checkpoints/clip") : nil))
    #expect(checkpoint.tiling == .original(grids: Self.grids))
    #expect(checkpoint.transformersTiling == .transformers(grids: Self.grids.map(\.turned)))
    #expect(checkpoint.preprocessing.padsToSquare == nil)
    let rowEnd = try #require(try checkpoint.rowEnd)
    #expect(try rowEnd.count == 32 && rowEnd == golden("next").rowEnd)
    #expect(Inspection(checkpoint).faults.isEmpty)
    #expect(checkpoint.tensors(of: ModelPart.decoder)["image_newline"] != nil)
    #expect(checkpoint.tensors(of: [.tower])["image_newline"] == nil)
  }

  @Test func theDemonstrationModelForHighResolutionSplitsAPaddedSquare() throws {
    let checkpoint = try Checkpoint(ModelPaths(Fixtures.demo + "-hd"))
    #expect(checkpoint.tiling == .squared(grids: [TileGrid(columns: 2, rows: 2)]))
    #expect(checkpoint.transformersTiling == checkpoint.tiling && checkpoint.preprocessing.padsToSquare == true)
    #expect(try checkpoint.rowEnd?.count == 192)
    #expect(Inspection(checkpoint).faults.isEmpty && checkpoint.unusedTensors.isEmpty)
  }

  @Test func aModelOfOneViewHasNoTiling() throws {
    let demo = try Checkpoint(ModelPaths(Fixtures.demo))
    #expect(demo.tiling == nil && demo.transformersTiling == nil)
    #expect(try demo.rowEnd == nil)
  }

  @Test func aModelWithoutItsVectorIsNotWhole() throws {
    try Fixtures.withFolder { folder in
      for file in ["config.json", "preprocessor_config.json", "tokenizer.model"] {
        try FileManager.default.copyItem(
          atPath: Fixtures.golden("checkpoints/next/\(file)"), toPath: folder.path(file))
      }
      var writer = SafetensorsWriter()
      writer.add("lm_head.weight", [1])
      try folder.write("model.safetensors", writer.file)
      let checkpoint = try Checkpoint(ModelPaths(folder.path))
      #expect(Inspection(checkpoint).faults.contains { $0.tensor == "image_newline" })
      let error = #expect(throws: CheckpointError.self) { try checkpoint.rowEnd }
      #expect(error?.code == .missingTensor && error?.message.contains("image_newline") == true)
    }
  }

  private func configuration(_ fields: String) throws -> ModelConfiguration {
    try ModelConfiguration(
      JSONText(
        place: "config.json", bytes: Array(#"{"model_type": "llava_next", "text_config": {}, \#(fields)}"#.utf8)),
      generation: nil)
  }

  @Test func aSilentFileMeansThePublishedGrids() throws {
    #expect(try configuration(#""image_token_index": 7"#).grids == Tiling.published)
    #expect(try configuration(#""image_grid_pinpoints": [[672, 672]]"#).grids == [TileGrid(columns: 2, rows: 2)])
    #expect(try configuration(#""image_grid_pinpoints": [[1008, 336]]"#).grids == [TileGrid(columns: 3, rows: 1)])
  }

  @Test(arguments: [
    "[]", "[[]]", "[[336]]", "[[336, 336, 336]]", "[[0, 336]]", "[[-336, 336]]", "[[336, 400]]", "[[336, 21840]]",
    "[[3360, 3360]]", "[[9223372036854775680, 9223372036854775680]]",
    "[\(Array(repeating: "[336,336]", count: 65).joined(separator: ","))]",
    #""[(336, 672)]""#, "[336, 672]",
  ])
  func gridsThatNoViewFitsAreNamed(pairs: String) {
    let error = #expect(throws: CheckpointError.self) { try configuration(#""image_grid_pinpoints": \#(pairs)"#) }
    #expect(error?.code == .malformed && error?.message.contains("image_grid_pinpoints") == true, "\(pairs)")
  }

  @Test func theClassTokenHasNoPlaceOnAMap() {
    let error = #expect(throws: CheckpointError.self) {
      try configuration(#""vision_feature_select_strategy": "full""#)
    }
    #expect(error?.code == .unsupportedModel && error?.message.contains("vision_feature_select_strategy") == true)
  }

  private func padsToSquare(_ preprocessor: String) throws -> Bool? {
    try PreprocessingConfiguration(
      preprocessor: JSONText(place: "preprocessor_config.json", bytes: Array(preprocessor.utf8)), processor: nil,
      towerSide: 336, splits: true
    ).padsToSquare
  }

  /// `do_pad` is about batches here.
  @Test func aPaddedSquareIsSplitWhereTheFileSaysSo() throws {
    #expect(try padsToSquare(#"{"do_pad": true}"#) == nil)
    #expect(try padsToSquare(#"{"do_pad": true, "image_aspect_ratio": "anyres"}"#) == nil)
    #expect(try padsToSquare(#"{"do_pad": true, "image_aspect_ratio": "pad"}"#) == true)
    let error = #expect(throws: CheckpointError.self) { try padsToSquare(#"{"image_aspect_ratio": "anyres_max_9"}"#) }
    #expect(error?.code == .unsupportedModel && error?.message.contains("anyres_max_9") == true)
  }

  @Test(arguments: [
    (#""spatial_unpad""#, #""flat""#, "mm_patch_merge_type"), (#""anyres""#, #""anyres_max_4""#, "image_aspect_ratio"),
    (#""image_grid_pinpoints""#, #""other""#, "image_grid_pinpoints"), (#""patch""#, #""cls_patch""#, "cls_patch"),
  ])
  func theOriginalsOtherWaysOfSplittingAreRefused(found: String, replaced: String, words: String) throws {
    try Fixtures.withFolder { folder in
      let source = URL(filePath: Fixtures.golden("checkpoints/next-original"))
      let config = try String(contentsOf: source.appending(path: "config.json"), encoding: .utf8)
      try folder.write("config.json", config.replacing(found, with: replaced))
      try FileManager.default.copyItem(
        at: source.appending(path: "model.safetensors"), to: folder.url.appending(path: "model.safetensors"))
      let error = #expect(throws: CheckpointError.self) {
        try Checkpoint(ModelPaths(folder.path, visionTower: Fixtures.golden("checkpoints/clip")))
      }
      #expect(error?.code == .unsupportedModel && error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
  }
}
