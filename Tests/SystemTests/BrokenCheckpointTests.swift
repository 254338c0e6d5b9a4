import Checkpoint
import Concurrency
import Decoder
import Foundation
import ModelFixtures
import Testing
import Tokenizer
import VisionEncoder

/// What is wrong with a checkpoint is named when a worker starts, by file, tensor, what was expected and found.
@Suite struct BrokenCheckpointTests {
  /// A copy of a golden checkpoint that a test may spoil.
  private struct Copy {
    let url: URL
    var paths: ModelPaths { ModelPaths(url.path) }

    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url.appendingPathComponent(name))) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
      try Data(bytes).write(to: url.appendingPathComponent(name))
    }

    /// Replaces text in a file of the same length, or of JSON.
    func replace(_ name: String, _ old: String, _ new: String) throws {
      var bytes = try bytes(name)
      let range = try #require(bytes.firstRange(of: Array(old.utf8)), "\(old) in \(name)")
      bytes.replaceSubrange(range, with: Array(new.utf8))
      try write(name, bytes)
    }
  }

  private func withCopy(of name: String, _ body: (Copy) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString)")
    try FileManager.default.copyItem(
      at: URL(fileURLWithPath: Fixture.path("Tests/Golden/checkpoints/\(name)")), to: url)
    defer { try? FileManager.default.removeItem(at: url) }  // what stays behind is in the system's temporary folder
    try body(Copy(url: url))
  }

  private func decoderError(_ paths: ModelPaths) -> CheckpointError? {
    #expect(throws: CheckpointError.self) {
      let options = DecoderOptions(threadCount: 1, kvByteCount: 1 << 24)
      _ = try DecoderEngine(try Checkpoint(paths), options: options, clock: SystemClock(), inference: InlineThread())
    }
  }

  private func encoderError(_ paths: ModelPaths) -> CheckpointError? {
    #expect(throws: CheckpointError.self) {
      _ = try VisionEncoder(
        try Checkpoint(paths), options: VisionOptions(threadCount: 1), clock: SystemClock(),
        preparation: InlineThread(), inference: InlineThread())
    }
  }

  private func says(_ error: CheckpointError?, _ code: CheckpointError.Code, _ words: String...) {
    #expect(error?.code == code, "\(error?.description ?? "no error")")
    for words in words {
      #expect(error?.message.contains(words) == true, "\(words) in: \(error?.message ?? "no error")")
    }
  }

  private static let query = "language_model.model.layers.1.self_attn.q_proj.weight"

  @Test func aMissingTensorIsNamed() throws {
    try withCopy(of: "hf") { copy in
      try copy.replace("model.safetensors", Self.query, String(Self.query.reversed()))
      says(
        decoderError(copy.paths), .missingTensor, copy.url.path, "language_model.layers.1.self_attn.q_proj.weight",
        "expected a tensor of shape [32, 32], found none")
      #expect(Inspection(try Checkpoint(copy.paths)).faults.count == 1)
    }
  }

  @Test func aTensorOfAnotherShapeIsNamed() throws {
    try withCopy(of: "hf") { copy in
      try copy.replace("config.json", "\"intermediate_size\": 64", "\"intermediate_size\": 96")
      says(
        decoderError(copy.paths), .shapeMismatch, "model.safetensors",
        "language_model.model.layers.0.mlp.gate_proj.weight",
        "expected shape [96, 32], found [64, 32]")
      #expect(Inspection(try Checkpoint(copy.paths)).faults.count == 6)
    }
  }

  @Test(arguments: [("hf-sharded", "model-00002-of-00002.safetensors"), ("hf-bin", "pytorch_model-00002-of-00002.bin")])
  func aMissingShardIsNamed(name: String, shard: String) throws {
    try withCopy(of: name) { copy in
      try FileManager.default.removeItem(at: copy.url.appendingPathComponent(shard))
      says(decoderError(copy.paths), .unreadable, shard)
    }
  }

  @Test(arguments: [
    ("hf", "model.safetensors"), ("hf-bin", "pytorch_model-00001-of-00002.bin"), ("gguf-f32", "model.gguf"),
    ("gguf-f32", "mmproj.gguf"),
  ])
  func aFileThatWasCutShortIsNamed(name: String, file: String) throws {
    try withCopy(of: name) { copy in
      try copy.write(file, Array(try copy.bytes(file).dropLast(1_000)))
      says(decoderError(copy.paths), .malformed, file)
    }
  }

  @Test func anIndexThatPlacesATensorWhereItIsNotIsNamed() throws {
    try withCopy(of: "hf-sharded") { copy in
      let index = "model.safetensors.index.json"
      let text = String(decoding: try copy.bytes(index), as: UTF8.self)
      let line = try #require(text.split(separator: "\n").first { $0.contains("lm_head.weight") })
      let other =
        line.contains("00001-of")
        ? line.replacing("00001-of", with: "00002-of")
        : line.replacing(
          "00002-of", with: "00001-of")
      try copy.replace(index, String(line), String(other))
      says(decoderError(copy.paths), .missingTensor, "lm_head.weight", "which model.safetensors.index.json places here")
    }
  }

  /// Of every stored type: the name of the weight, and nothing else is touched.
  @Test(
    arguments: [
      ("hf", "model.safetensors", [0, 0, 0xc0, 0x7f]), ("hf-sharded", "model-00001-of-00002.safetensors", [0, 0x7e]),
      ("hf-v5", "model.safetensors", [0xc0, 0x7f]),
    ] as [(String, String, [UInt8])])
  func aWeightThatIsNotANumberIsNamed(name: String, file: String, bits: [UInt8]) throws {
    try withCopy(of: name) { copy in
      let checkpoint = try Checkpoint(copy.paths)
      let tensor = try #require(checkpoint.tensors["language_model.layers.0.mlp.gate_proj.weight"])
      var bytes = try copy.bytes(file)
      let place = try #require(bytes.firstRange(of: tensor.bytes)).lowerBound + 77 * bits.count
      bytes.replaceSubrange(place..<place + bits.count, with: bits)
      try copy.write(file, bytes)
      says(decoderError(copy.paths), .malformed, file, tensor.name, "index 77", "[64, 32]")
      // The tower's worker does not serve that weight, and does not look at it.
      _ = try VisionEncoder(
        try Checkpoint(copy.paths), options: VisionOptions(threadCount: 1), clock: SystemClock(),
        preparation: InlineThread(), inference: InlineThread())
    }
  }

  @Test func anInfiniteScaleOfABlockIsNamed() throws {
    try withCopy(of: "gguf-q8_0") { copy in
      let tensor = try #require(try Checkpoint(copy.paths).tensors["lm_head.weight"])
      var bytes = try copy.bytes("model.gguf")
      let place = try #require(bytes.firstRange(of: tensor.bytes)).lowerBound + 3 * 34
      bytes.replaceSubrange(place..<place + 2, with: [0, 0x7c])
      try copy.write("model.gguf", bytes)
      says(decoderError(copy.paths), .malformed, "model.gguf", "output.weight", "index 96")
    }
  }

  @Test func aTowerThatIsNotThereIsAskedFor() throws {
    try withCopy(of: "original") { copy in
      // The published tower's width, which is all that is known of it here.
      try copy.replace("config.json", "\"mm_hidden_size\": 32", "\"mm_hidden_size\": 1024")
      says(encoderError(copy.paths), .missingTensor, "clip-vit-large-patch14-336", "--vision-tower")
      says(
        decoderError(ModelPaths(copy.url.path, visionTower: "/no/tower")), .unreadable, "--vision-tower /no/tower",
        "config.json")
    }
    try withCopy(of: "hf") { copy in
      let other = ModelPaths(copy.url.path, visionTower: Fixture.path("Tests/Golden/checkpoints/clip"))
      says(decoderError(other), .unsupportedModel, "leave --vision-tower out")
    }
  }

  @Test func aGGUFModelWithoutItsPairIsAskedFor() throws {
    try withCopy(of: "gguf-f32") { copy in
      let language = copy.url.appendingPathComponent("model.gguf").path
      #expect(try Checkpoint(ModelPaths(language)).name == "model")
      says(
        decoderError(ModelPaths(copy.url.appendingPathComponent("mmproj.gguf").path)), .unsupportedModel,
        "expected a language model, found a vision tower")
      try copy.write("second.gguf", try copy.bytes("mmproj.gguf"))
      says(
        decoderError(ModelPaths(language)), .unreadable, "expected one vision tower", "second.gguf", "--vision-tower")
      try FileManager.default.removeItem(at: copy.url.appendingPathComponent("second.gguf"))
      try FileManager.default.removeItem(at: copy.url.appendingPathComponent("mmproj.gguf"))
      says(decoderError(copy.paths), .unreadable, "expected one vision tower (mmproj)", "found none")
    }
  }

  @Test func aModelOfAnotherKindIsNamed() throws {
    try withCopy(of: "original") { copy in
      try copy.replace("config.json", "\"mlp2x_gelu\"", "\"ldpnetv2\"")
      says(
        decoderError(ModelPaths(copy.url.path, visionTower: Fixture.path("Tests/Golden/checkpoints/clip"))),
        .unsupportedModel, "mm_projector_type", "ldpnetv2")
    }
    try withCopy(of: "original") { copy in
      try copy.replace("config.json", "\"pad\"", "\"anyres\"")
      says(
        decoderError(ModelPaths(copy.url.path, visionTower: Fixture.path("Tests/Golden/checkpoints/clip"))),
        .unsupportedModel, "image_aspect_ratio", "anyres")
    }
  }

  /// Llama 3's kind: the weights are a LLaMA's and load, the vocabulary is over bytes and is not read.
  @Test func aVocabularyOverBytesIsNamed() throws {
    try withCopy(of: "hf") { copy in
      try FileManager.default.removeItem(at: copy.url.appendingPathComponent("tokenizer.model"))
      let steps = #"{"type": "ByteLevel", "add_prefix_space": false}"#
      let vocabulary = #"{"model": {"type": "BPE", "vocab": {}, "merges": []}, "pre_tokenizer": \#(steps)}"#
      try copy.write("tokenizer.json", Array(vocabulary.utf8))
      let checkpoint = try Checkpoint(copy.paths)
      #expect(Inspection(checkpoint).faults.isEmpty)
      let error = #expect(throws: TokenizerError.self) {
        let options = DecoderOptions(threadCount: 1, kvByteCount: 1 << 24)
        _ = try DecoderEngine(checkpoint, options: options, clock: SystemClock(), inference: InlineThread())
      }
      #expect(error?.code == .unsupported)
      #expect(error?.message.contains("tokenizer.json: expected a vocabulary of LLaMA's kind") == true)
    }
  }
}
