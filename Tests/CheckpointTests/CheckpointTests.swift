import Foundation
import Testing

@testable import Checkpoint

@Suite struct CheckpointTests {
  static let config = #"{"model_type": "llava", "text_config": {}}"#

  /// A canonical name, and the same tensor's name in each naming, A to D.
  static let namings: [(canonical: String, names: [String])] = [
    (
      "vision_tower.pre_layrnorm.weight",
      [
        "vision_tower.vision_model.pre_layrnorm.weight", "model.vision_tower.vision_model.pre_layrnorm.weight",
        "vision_tower.pre_layrnorm.weight", "model.vision_tower.pre_layrnorm.weight",
      ]
    ),
    (
      "vision_tower.encoder.layers.11.mlp.fc1.bias",
      [
        "vision_tower.vision_model.encoder.layers.11.mlp.fc1.bias",
        "model.vision_tower.vision_model.encoder.layers.11.mlp.fc1.bias", "vision_tower.encoder.layers.11.mlp.fc1.bias",
        "model.vision_tower.encoder.layers.11.mlp.fc1.bias",
      ]
    ),
    (
      "multi_modal_projector.linear_2.weight",
      [
        "multi_modal_projector.linear_2.weight", "model.multi_modal_projector.linear_2.weight",
        "multi_modal_projector.linear_2.weight", "model.multi_modal_projector.linear_2.weight",
      ]
    ),
    (
      "language_model.layers.0.mlp.up_proj.weight",
      [
        "language_model.model.layers.0.mlp.up_proj.weight", "model.language_model.layers.0.mlp.up_proj.weight",
        "language_model.model.layers.0.mlp.up_proj.weight", "model.language_model.layers.0.mlp.up_proj.weight",
      ]
    ),
    (
      "language_model.norm.weight",
      [
        "language_model.model.norm.weight", "model.language_model.norm.weight", "language_model.model.norm.weight",
        "model.language_model.norm.weight",
      ]
    ),
    (
      "lm_head.weight",
      ["language_model.lm_head.weight", "lm_head.weight", "language_model.lm_head.weight", "lm_head.weight"]
    ),
  ]

  @Test(arguments: 0..<4)
  func everyNamingIsTheSameTree(naming: Int) throws {
    try Fixtures.withFolder { folder in
      var writer = SafetensorsWriter()
      for (index, tensor) in Self.namings.enumerated() { writer.add(tensor.names[naming], [index + 1]) }
      try folder.write("model.safetensors", writer.file)
      try folder.write("config.json", Self.config)
      let checkpoint = try Checkpoint(ModelPaths(folder.path))
      for (index, tensor) in Self.namings.enumerated() {
        #expect(try checkpoint.root.vector(tensor.canonical, count: index + 1).count == index + 1)
      }
      #expect(checkpoint.unusedTensors.isEmpty)
      #expect(checkpoint.vision["encoder.layers.11"]["mlp"].has("fc1.bias"))
      #expect(checkpoint.projector.has("linear_2.weight"))
      #expect(checkpoint.languageModel["layers.0"].has("mlp.up_proj.weight"))
    }
  }

  @Test func oneWeightUnderTwoNamesIsMalformedAndAStrangerIsNamed() throws {
    try Fixtures.withFolder { folder in
      try folder.write("config.json", Self.config)
      var writer = SafetensorsWriter()
      writer.add("lm_head.weight", [1])
      writer.add("image_newline", [1])
      writer.add("vision_tower.vision_model.embeddings.position_ids", "I64", [1], [UInt8](repeating: 0, count: 8))
      try folder.write("model.safetensors", writer.file)
      let checkpoint = try Checkpoint(ModelPaths(folder.path))
      #expect(checkpoint.unusedTensors == ["vision_tower.vision_model.embeddings.position_ids"])
      // Only a model that splits pictures has a use for it.
      #expect(Inspection(checkpoint).unusedTensors.contains("image_newline"))

      writer.add("language_model.lm_head.weight", [1])
      try folder.write("model.safetensors", writer.file)
      let error = #expect(throws: CheckpointError.self) { try Checkpoint(ModelPaths(folder.path)) }
      #expect(error?.code == .malformed)
      for words in [" lm_head.weight", "language_model.lm_head.weight"] {
        #expect(error?.message.contains(words) == true)
      }
    }
  }

  @Test func theDemonstrationModelAndTheGoldenOneHaveAllTheirWeights() throws {
    let demo = try Checkpoint(ModelPaths(Fixtures.demo))
    #expect(demo.name == "demo" && demo.unusedTensors.isEmpty)
    let vision = demo.configuration.vision
    let patches = try demo.vision["embeddings"].matrix("patch_embedding.weight", shape: [vision.hiddenSize, 3, 14, 14])
    #expect(patches.rows == 192 && patches.columns == 588 && patches.type == .bf16)
    let positions = try demo.vision["embeddings"].matrix("position_embedding.weight", rows: 577, columns: 192)
    #expect(positions.rows == vision.patchCount + 1)
    #expect(try demo.vision["encoder.layers.6.layer_norm1"].vector("weight", count: 192).count == 192)
    let language = demo.configuration.language
    _ = try demo.languageModel["embed_tokens"].matrix(
      "weight", rows: language.vocabularySize, columns: language.hiddenSize)

    let tiny = try Checkpoint(ModelPaths(Fixtures.tiny))
    #expect(tiny.name == "tinyfix" && tiny.unusedTensors.isEmpty)
    // Element i of a weight is a hash of i and its name; its first three were worked out apart from the file.
    let head = try tiny.root["lm_head"].matrix("weight", rows: 320, columns: 128)
    #expect(head.type == .f32)
    let first = SafetensorsWriter.littleEndian(Float(0.067_499_49).bitPattern)
    let file = try SafetensorsFile(path: Fixtures.tiny + "/model.safetensors")
    #expect(file["language_model.lm_head.weight"]?.bytes.prefix(4) == first[...])
  }

  @Test func aDirectoryWithoutWeightsOrConfigurationIsNamed() throws {
    try Fixtures.withFolder { folder in
      func failure() -> CheckpointError? {
        #expect(throws: CheckpointError.self) { try Checkpoint(ModelPaths(folder.path)) }
      }
      #expect(failure()?.message.contains("config.json") == true)
      try folder.write("config.json", Self.config)
      let error = failure()
      #expect(error?.code == .unreadable)
      for words in ["model.safetensors", "found config.json"] { #expect(error?.message.contains(words) == true) }
    }
  }

  @Test func aSnapshotOfTheHubIsCalledByItsModel() throws {
    try Fixtures.withFolder { folder in
      let url = folder.url.appendingPathComponent("models--llava-hf--llava-1.5-7b-hf/snapshots/8c85e9a4d6")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      let snapshot = Folder(url: url)
      try snapshot.write("config.json", Self.config)
      try snapshot.write("model.safetensors", SafetensorsFileTests.writer().file)
      #expect(try Checkpoint(ModelPaths(snapshot.path + "/")).name == "llava-1.5-7b-hf")
    }
  }
}
