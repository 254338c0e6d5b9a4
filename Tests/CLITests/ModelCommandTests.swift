import Checkpoint
import Foundation
import Launch
import Testing

@testable import CLI

@Suite struct ModelCommandTests {
  private func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../\(name)")
      .standardizedFileURL.path
  }

  private func report(_ name: String, tower: String? = nil) throws -> ModelReport {
    try ModelReport(Checkpoint(ModelPaths(path(name), visionTower: tower.map(path))))
  }

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }  // what stays behind is in the system's temporary folder
    try await body(folder.path)
  }

  @Test func aReportSaysWhatIsThereAndWhatItCosts() throws {
    let report = try report("deploy/models/demo")
    #expect(report.layout == "Hugging Face" && report.faults.isEmpty && report.unusedTensors.count == 18)
    #expect(report.parts.map(\.part) == ["vision tower", "projector", "language model"])
    #expect(report.parts.map(\.types) == [["BF16": 101], ["BF16": 4], ["BF16": 57]])
    #expect(report.parts.allSatisfy { $0.fingerprint.count == 64 })
    // Keys and values of six layers of three heads of 64, in f16, and room for one head: blocks are an odd number of heads.
    #expect(report.cost.kvBytesPerToken == (6 * 3 + 1) * 2 * 64 * 2)
    #expect(report.cost.featureBytesPerImage == 576 * 192 * 2)
    #expect(report.original.template == "vicuna_v1" && report.original.policy == "pad")
    let text = report.text
    for words in ["features 576 x 192 from layer 6", "missing or misshapen: 0", "960 pieces", "4.8 KiB a token"] {
      #expect(text.contains(words), "\(words)")
    }
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(try report.json.utf8)) as? [String: Any])
    #expect((object["cost"] as? [String: Any])?["tokens_per_image"] as? Int == 576)
    #expect((object["vision"] as? [String: Any])?["feature_layers"] as? [Int] == [6])
  }

  @Test(
    arguments: [
      ("hf", nil, "Hugging Face", "llava_hf"), ("original", "clip", "original LLaVA", "llava_hf"),
      ("gguf-q8_0", nil, "GGUF", "llava_hf"), ("layers-list", nil, "Hugging Face", "llava_hf"),
    ] as [(String, String?, String, String)])
  func everyLayoutIsInspected(name: String, tower: String?, layout: String, template: String) throws {
    let golden = "Tests/Golden/checkpoints/"
    let report = try report(golden + name, tower: tower.map { golden + $0 })
    #expect(report.layout == layout && report.faults.isEmpty)
    #expect(report.original.template == "vicuna_v1" && report.transformers.template == template)
    #expect(report.tokenizer.pieces == 300)
    #expect(report.vision.featureLayers == (name == "layers-list" ? [2, 1] : [2]))
  }

  @Test func anUnknownChatTemplateIsSaidAndNotFatalToInspect() async throws {
    try await withFolder { folder in
      try FileManager.default.copyItem(atPath: path("Tests/Golden/checkpoints/hf"), toPath: folder)
      try Data("{{ messages }}".utf8).write(to: URL(fileURLWithPath: "\(folder)/chat_template.jinja"))
      let report = try ModelReport(Checkpoint(ModelPaths(folder)))
      #expect(report.original.template.contains("--template") && report.transformers.template.contains("--template"))
    }
  }

  @Test func conversionsGoBothWaysAndRefuseWhatIsThere() async throws {
    try await withFolder { folder in
      let input = path("Tests/Golden/checkpoints/hf")
      func convert(_ arguments: String...) async throws {
        try await ConvertCommand.parse(arguments).run()
      }
      try await convert(input, folder + "/gguf", "--to", "gguf", "--quantize", "q8_0")
      try await convert(folder + "/gguf", folder + "/hf", "--to", "safetensors", "--type", "f16")
      let back = try Checkpoint(ModelPaths(folder + "/hf"))
      #expect(back.layout == .huggingFace && Inspection(back).faults.isEmpty)
      #expect(back.tensors["lm_head.weight"]?.type == "F16")
      #expect(try ModelReport(back).transformers.template == "llava_hf")

      let again = await #expect(throws: CheckpointError.self) {
        try await convert(input, folder + "/gguf", "--to", "gguf")
      }
      #expect(again?.message.contains("expected an empty directory") == true)
      let blocks = await #expect(throws: CheckpointError.self) {
        try await convert(input, folder + "/x", "--to", "safetensors", "--quantize", "q4_0")
      }
      #expect(blocks?.message.contains("convert to gguf") == true)
      let deep = await #expect(throws: CheckpointError.self) {
        try await convert(
          path("Tests/Golden/checkpoints/original-mlp3x"), folder + "/x", "--to", "safetensors", "--vision-tower",
          path("Tests/Golden/checkpoints/clip"))
      }
      #expect(deep?.message.contains("3 linear layers") == true)
      #expect(throws: (any Error).self) {
        try ConvertCommand.parse([input, "x", "--to", "gguf", "--quantize", "q4_K"])
      }
    }
  }

  /// What llama.cpp goes by: it leaves out the last of the blocks unless a key names the state that it is to give.
  @Test func aWrittenTowerSaysWhichStateItsFeaturesAre() async throws {
    try await withFolder { folder in
      try await ConvertCommand.parse([path("deploy/models/demo"), folder + "/x", "--to", "gguf"]).run()
      let tower = try GGUFFile(path: folder + "/x/mmproj-demo.gguf")
      #expect(try tower.integers("clip.vision.feature_layer") == [6])
      #expect(try tower.integer("clip.vision.block_count") == 6 && tower["v.blk.5.ln2.weight"] != nil)
      #expect(tower["v.blk.6.ln2.weight"] == nil)
    }
  }

  /// A list of pieces and three layouts later, a model is still the same numbers.
  @Test func aRoundTripKeepsEveryBitThatTheTypesCanHold() async throws {
    try await withFolder { folder in
      let input = path("Tests/Golden/checkpoints/gqa")
      try await ConvertCommand.parse([input, folder + "/a", "--to", "gguf"]).run()
      try await ConvertCommand.parse([folder + "/a", folder + "/b", "--to", "safetensors"]).run()
      let (first, last) = (try Checkpoint(ModelPaths(input)), try Checkpoint(ModelPaths(folder + "/b")))
      for (name, tensor) in first.tensors(of: Set(ModelPart.allCases)) {
        let found = try #require(last.tensors[name], "\(name)")
        #expect(found.shape == tensor.shape)
        // Vectors are f32 in GGUF, and stay so.
        if found.type == tensor.type { #expect(found.bytes == tensor.bytes, "\(name)") }
      }
      #expect(last.tensors["language_model.layers.1.self_attn.k_proj.weight"]?.type == "F16")
    }
  }
}
