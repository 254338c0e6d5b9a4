import Foundation
import Testing
import TilePlan

@testable import Checkpoint

/// What a model is, told without its weights.
@Suite struct DescriptionTests {
  @Test(arguments: ["hf", "hf-v5", "original", "gguf-f32", "next", "next-original", "next-gguf"])
  func aDescriptionIsTheCheckpoints(name: String) throws {
    let paths = ModelPaths(
      Fixtures.golden("checkpoints/\(name)"),
      visionTower: name.contains("original") ? Fixtures.golden("checkpoints/clip") : nil)
    #expect(try ModelDescription(paths) == Checkpoint(paths).description)
  }

  @Test(arguments: ["next", "original"]) func noWeightsAreNeeded(name: String) throws {
    try Fixtures.withFolder { folder in
      for file in ["config.json", "preprocessor_config.json"] {
        guard FileManager.default.fileExists(atPath: Fixtures.golden("checkpoints/\(name)/\(file)")) else { continue }
        try FileManager.default.copyItem(
          atPath: Fixtures.golden("checkpoints/\(name)/\(file)"), toPath: folder.path(file))
      }
      let tower = name == "original" ? Fixtures.golden("checkpoints/clip") : nil
      let description = try ModelDescription(ModelPaths(folder.path, visionTower: tower))
      #expect((description.tiling != nil) == (name == "next"))
      #expect(throws: CheckpointError.self) { try Checkpoint(ModelPaths(folder.path, visionTower: tower)) }
    }
  }

  @Test func publishedModelsSplitAsTheyWereTrained() {
    for model in PublishedModel.allCases {
      let description = model.description
      let tiling: Tiling? =
        description.name.contains("hd") ? .paper : description.name.contains("1.6") ? .original() : nil
      #expect(description.tiling == tiling, "\(description.name)")
      #expect(description.configuration.vision.imageSide == (tiling == .paper ? 224 : 336))
      #expect(description.configuration.language.hiddenSize == (description.name.hasSuffix("13b") ? 5_120 : 4_096))
    }
    #expect(PublishedModel.llava16Small.description.transformersTiling == .transformers())
  }
}
