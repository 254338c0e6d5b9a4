import Foundation
import Testing

@testable import Checkpoint

@Suite struct ShardTests {
  /// Two shards and an index, given as (tensor, file).
  func write(_ folder: Folder, _ placed: [(String, String)]) throws {
    try folder.write("config.json", CheckpointTests.config)
    for (name, file) in [("lm_head.weight", "1.safetensors"), ("language_model.model.norm.weight", "2.safetensors")] {
      var writer = SafetensorsWriter()
      writer.add(name, [3])
      try folder.write(file, writer.file)
    }
    let map = placed.map { #""\#($0.0)":"\#($0.1)""# }.joined(separator: ",")
    try folder.write("model.safetensors.index.json", #"{"metadata":{"total_size":24},"weight_map":{\#(map)}}"#)
  }

  let right = [("lm_head.weight", "1.safetensors"), ("language_model.model.norm.weight", "2.safetensors")]

  @Test func shardsAreOneTree() throws {
    try Fixtures.withFolder { folder in
      try write(folder, right)
      let checkpoint = try Checkpoint(ModelPaths(folder.path))
      #expect(try checkpoint.root.vector("lm_head.weight", count: 3) == [0, 1, 2])
      #expect(try checkpoint.languageModel["norm"].vector("weight", count: 3) == [0, 1, 2])
    }
  }

  @Test func aMissingShardAndAWrongIndexAreNamed() throws {
    let cases: [(placed: [(String, String)], code: CheckpointError.Code, words: String)] = [
      (right + [("a", "3.safetensors")], .unreadable, "3.safetensors"),
      ([("lm_head.weight", "2.safetensors")], .missingTensor, "2.safetensors: expected lm_head.weight"),
      (right + [("a", "1.safetensors")], .missingTensor, "1.safetensors: expected a"),
      ([("lm_head.weight", "../1.safetensors")], .malformed, "../1.safetensors"),
      ([("lm_head.weight", "/etc/passwd")], .malformed, "/etc/passwd"),
      ([("lm_head.weight", "1.bin")], .malformed, "1.bin"),
      ([], .malformed, "found 0"),
      ((0..<1_025).map { ("t\($0)", "\($0).safetensors") }, .malformed, "found 1025"),
    ]
    for (placed, code, words) in cases {
      try Fixtures.withFolder { folder in
        try write(folder, placed)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint(ModelPaths(folder.path)) }
        #expect(
          error?.code == code && error?.message.contains(words) == true,
          "\(error?.description ?? "no error"), not \(words)")
      }
    }
  }

  @Test func anIndexThatIsNoIndexIsMalformed() throws {
    for text in ["", "{}", "[", #"{"weight_map": ["a"]}"#, #"{"weight_map": {"a": 1}}"#] {
      try Fixtures.withFolder { folder in
        try write(folder, right)
        try folder.write("model.safetensors.index.json", text)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint(ModelPaths(folder.path)) }
        #expect(error?.code == .malformed && error?.message.contains("index.json") == true, "\(text)")
      }
    }
  }
}
