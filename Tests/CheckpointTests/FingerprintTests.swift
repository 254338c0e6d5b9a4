import Foundation
import Testing

@testable import Checkpoint

@Suite struct FingerprintTests {
  /// Four vision layers, of which the features need three.
  static let config = """
    {"model_type": "llava", "text_config": {}, "vision_config": {"num_hidden_layers": 4}}
    """

  /// 20 KiB, so that samples leave out what lies between them.
  static let large = [UInt8](repeating: 1, count: 20 << 10)

  static func writer(prefix: String = "vision_tower.vision_model.") -> SafetensorsWriter {
    var writer = SafetensorsWriter()
    for name in ["embeddings.class_embedding", "encoder.layers.2.w", "encoder.layers.3.w", "post_layernorm.weight"] {
      writer.add(prefix + name, "BF16", [large.count / 2], large)
    }
    writer.add("multi_modal_projector.linear_1.bias", [2])
    writer.add("language_model.model.norm.weight", [2])
    writer.add("language_model.lm_head.weight", [2])
    return writer
  }

  func checkpoint(_ writer: SafetensorsWriter, _ body: (Checkpoint) throws -> Void) throws {
    try Fixtures.withFolder { folder in
      try folder.write("config.json", Self.config)
      try folder.write("model.safetensors", writer.file)
      try body(try Checkpoint(ModelPaths(folder.path)))
    }
  }

  /// The tower's fingerprint after `change`.
  func tower(_ change: (inout SafetensorsWriter) -> Void = { _ in }) throws -> Fingerprint {
    var writer = Self.writer()
    change(&writer)
    var found: Fingerprint?
    try checkpoint(writer) { found = try $0.towerFingerprint }
    return try #require(found)
  }

  @Test func theDemonstrationModelsAreKnown() throws {
    let demo = try Checkpoint(ModelPaths(Fixtures.demo))
    // Made apart from this code: deploy/models/demo hashed by Tests/Golden/fingerprints/make_fingerprints.py.
    #expect(
      try demo.towerFingerprint?.description == "cf62a52f34f0ec1c3fd5ff74ff3066521658caac5f09f6867ba9578152853c0a")
    #expect("\(try demo.projectorFingerprint)" == "f8d2472a8c22a0f798c1d234115a984a3ef6fb7e0d1d0650aefa28777390a6a3")
    #expect(
      "\(try demo.languageModelFingerprint)" == "bb5fa3e293a95a1f9c8701f0d344de637ca589507687e9933a4f75e556f38a7f")
  }

  /// What this process has in memory of the file at `path`.
  private func residentByteCount(of path: String) throws -> Int {
    // A file without a size: it is read to its end.
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
    let maps = String(decoding: try #require(try file.readToEnd()), as: UTF8.self)
    let entry = try #require(maps.components(separatedBy: path).dropFirst().first)
    let line = try #require(entry.split(separator: "\n").first { $0.hasPrefix("Rss:") })
    return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) << 10
  }

  @Test func samplesAreNotKeptInMemory() throws {
    var writer = SafetensorsWriter()
    for index in 0..<8 {
      writer.add(
        "vision_tower.vision_model.encoder.layers.2.w\(index)", "BF16", [1 << 20], Array(repeating: 1, count: 2 << 20))
    }
    writer.add("language_model.lm_head.weight", [2])
    try Fixtures.withFolder { folder in
      try folder.write("config.json", Self.config)
      try folder.write("model.safetensors", writer.file)
      let checkpoint = try Checkpoint(ModelPaths(folder.path))
      let fingerprint = try checkpoint.towerFingerprint
      let resident = try withExtendedLifetime(checkpoint) {
        try residentByteCount(of: "\(folder.path)/model.safetensors")
      }
      #expect(resident <= 128 << 10, "of 24 samples that came with their neighbours, \(resident) bytes are left")
      #expect(try Checkpoint(ModelPaths(folder.path)).towerFingerprint == fingerprint)
    }
  }

  @Test func namesOfTheFileDoNotMatterAndNamesOfTheTreeDo() throws {
    var other: Fingerprint?
    try checkpoint(Self.writer(prefix: "model.vision_tower.")) { other = try $0.towerFingerprint }
    #expect(try tower() == other)
    #expect(try tower { $0.entries[1].name = "vision_tower.encoder.layers.1.w" } != other)
  }

  @Test func whatFeaturesDoNotNeedDoesNotMatter() throws {
    let plain = try tower()
    for index in 2..<7 {
      #expect(try tower { $0.entries[index].bytes[0] ^= 1 } == plain, "\(Self.writer().entries[index].name)")
    }
  }

  @Test func aChangedSampleShapeOrTypeIsAnotherTower() throws {
    let plain = try tower()
    let count = Self.large.count
    for offset in [0, 4_095, (count - 4_096) / 2, (count + 4_096) / 2 - 1, count - 4_096, count - 1] {
      #expect(try tower { $0.entries[1].bytes[offset] ^= 1 } != plain, "byte \(offset)")
    }
    #expect(try tower { $0.entries[1].bytes[5_000] ^= 1 } == plain)  // between two samples
    #expect(try tower { $0.entries[1].shape = [2, count / 4] } != plain)
    #expect(try tower { $0.entries[1].type = "F16" } != plain)
  }

  @Test func thePartsHaveFingerprintsOfTheirOwn() throws {
    func parts(_ index: Int?) throws -> [Fingerprint] {
      var writer = Self.writer()
      if let index { writer.entries[index].bytes[0] ^= 1 }
      var found: [Fingerprint] = []
      try checkpoint(writer) {
        found = [try #require(try $0.towerFingerprint), try $0.projectorFingerprint, try $0.languageModelFingerprint]
      }
      return found
    }
    let plain = try parts(nil)
    for (index, changed) in [(0, 0), (4, 1), (5, 2), (6, 2)] {
      let found = try parts(index)
      for part in 0..<3 { #expect((found[part] != plain[part]) == (part == changed)) }
    }
  }

  @Test func aCheckpointWithoutATowerHasNoFingerprintOfIt() throws {
    var writer = SafetensorsWriter()
    writer.add("lm_head.weight", [1])
    try checkpoint(writer) { checkpoint in
      let error = #expect(throws: CheckpointError.self) { try checkpoint.towerFingerprint }
      #expect(error?.code == .missingTensor)
    }
  }
}
