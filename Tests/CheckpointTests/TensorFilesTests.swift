import Foundation
import Testing

@testable import Checkpoint

@Suite struct TensorFilesTests {
  /// Writes files that torch wrote under other names, and an index that places names in them.
  func write(_ folder: Folder, _ files: [String: String], placed: [String: String]? = nil) throws {
    for (name, golden) in files { try folder.write(name, try TorchDamageTests.whole(golden)) }
    guard let placed else { return }
    let index = try JSONSerialization.data(withJSONObject: ["metadata": ["total_size": 24], "weight_map": placed])
    try folder.write("pytorch_model.bin.index.json", Array(index))
  }

  static let first = "pytorch_model-00001-of-00002.bin"
  static let second = "pytorch_model-00002-of-00002.bin"

  @Test func oneFileOfTorchIsRead() throws {
    try Fixtures.withFolder { folder in
      try write(folder, ["pytorch_model.bin": "state_dict"])
      #expect(try TensorFiles.open(folder.path).keys.sorted() == ["a.bias", "a.weight"])
    }
  }

  @Test func shardsOfTorchAreOneTreeOfTheNamesThatTheIndexPlaces() throws {
    try Fixtures.withFolder { folder in
      try write(
        folder, [Self.first: "state_dict", Self.second: "shared"],
        placed: ["a.bias": Self.first, "a.weight": Self.first, "rows": Self.second])
      let tensors = try TensorFiles.open(folder.path)
      #expect(tensors.keys.sorted() == ["a.bias", "a.weight", "rows"])
      #expect(tensors["rows"]?.path.hasSuffix(Self.second) == true && tensors["rows"]?.shape == [2, 6])
    }
  }

  @Test func safetensorsComeFirst() throws {
    try Fixtures.withFolder { folder in
      try write(folder, ["pytorch_model.bin": "state_dict"], placed: ["a.bias": Self.first])
      var writer = SafetensorsWriter()
      writer.add("safe", [1])
      try folder.write("model.safetensors", writer.file)
      #expect(try TensorFiles.open(folder.path).keys.sorted() == ["safe"])
    }
    try Fixtures.withFolder { folder in
      try write(folder, ["pytorch_model.bin": "state_dict"])
      var writer = SafetensorsWriter()
      writer.add("safe", [1])
      try folder.write("1.safetensors", writer.file)
      try folder.write("model.safetensors.index.json", #"{"weight_map":{"safe":"1.safetensors"}}"#)
      #expect(try TensorFiles.open(folder.path).keys.sorted() == ["safe"])
    }
  }

  @Test func aFolderWithoutWeightsNamesAllFourPossibilities() throws {
    try Fixtures.withFolder { folder in
      try folder.write("mm_projector.bin", "")
      let error = #expect(throws: CheckpointError.self) { try TensorFiles.open(folder.path) }
      #expect(
        error?.message
          == "\(folder.path): expected model.safetensors, model.safetensors.index.json, pytorch_model.bin or "
          + "pytorch_model.bin.index.json, found mm_projector.bin")
      #expect(error?.code == .unreadable)
    }
  }

  @Test func aMissingShardAndAWrongIndexAreNamed() throws {
    let cases: [(placed: [String: String], code: CheckpointError.Code, words: String)] = [
      (["a.bias": Self.first, "rows": Self.second], .unreadable, "/\(Self.second): No such file"),
      (
        ["rows": Self.first], .missingTensor,
        "/\(Self.first): expected rows, which pytorch_model.bin.index.json places here, found none"
      ),
      (["a.bias": "../x.bin"], .malformed, "expected the names of PyTorch files beside it, found \"../x.bin\""),
      (["a.bias": "model.safetensors"], .malformed, "names of PyTorch files beside it, found \"model.safetensors\""),
      ([:], .malformed, "expected 1 to 1024 files, found 0"),
    ]
    for (placed, code, words) in cases {
      try Fixtures.withFolder { folder in
        try write(folder, [Self.first: "state_dict"], placed: placed)
        let error = #expect(throws: CheckpointError.self) { try TensorFiles.open(folder.path) }
        #expect(
          error?.code == code && error?.message.contains(words) == true,
          "\(error?.description ?? "no error"), not \(words)")
      }
    }
  }

  @Test func aShardThatIsNoStateDictIsNamed() throws {
    try Fixtures.withFolder { folder in
      try write(folder, [Self.first: "legacy"], placed: ["a": Self.first])
      let error = #expect(throws: CheckpointError.self) { try TensorFiles.open(folder.path) }
      #expect(error?.code == .unsupportedFormat && error?.message.contains("/\(Self.first): expected the zip") == true)
    }
  }
}
