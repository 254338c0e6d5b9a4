import Foundation
import Testing

@testable import Checkpoint

@Suite struct TorchFileTests {
  /// Files of torch that have a safetensors file with the same tensors beside them.
  static let read = [
    "protocol2", "protocol3", "protocol4", "protocol5", "module", "parameters", "shared", "state_dict", "model",
    "others",
  ]

  @Test(arguments: read)
  func whatTorchWroteIsRead(name: String) throws {
    let file = try TorchFile(path: Fixtures.golden("torch/\(name).bin"))
    let expected = try SafetensorsFile(path: Fixtures.golden("torch/\(name).safetensors"))
    #expect(file.names == expected.names && !file.names.isEmpty)
    for name in expected.names {
      let tensor = try #require(file[name])
      let other = try #require(expected[name])
      #expect(tensor.name == name)
      #expect(tensor.shape == other.shape && tensor.type == other.type, "\(name)")
      #expect(tensor.weightType == other.weightType, "\(name)")
      #expect(tensor.bytes == other.bytes, "\(name)")
    }
    #expect(file["none"] == nil)
  }

  @Test func everyTypeOfNumbersIsListedAndModelsComputeWithThree() throws {
    let file = try TorchFile(path: Fixtures.golden("torch/protocol2.bin"))
    let types = Dictionary(uniqueKeysWithValues: file.names.compactMap { name in file[name].map { (name, $0) } })
    for (name, tensor) in types where tensor.type.lowercased() == name {
      #expect((tensor.weightType != nil) == ["f32", "f16", "bf16"].contains(name), "\(name)")
    }
    #expect(Set(types.values.map(\.type)) == ["F32", "F16", "BF16", "F64", "I64", "I32", "I16", "I8", "U8", "BOOL"])
    #expect(types["scalar"]?.shape == [] && types["scalar"]?.byteCount == 4)
    #expect(types["empty"]?.shape == [0, 3] && types["empty"]?.bytes == [])
  }

  @Test func tensorsThatShareAStorageLieInTheSameBytes() throws {
    let file = try TorchFile(path: Fixtures.golden("torch/shared.bin"))
    let whole = try #require(file["whole"]).range
    #expect(file["again"]?.range == whole)
    #expect(file["rows"]?.range == whole.lowerBound + 24..<whole.lowerBound + 72)
    #expect(file["end"]?.range == whole.lowerBound + 80..<whole.upperBound)
  }

  static let refused: [(file: String, words: String)] = [
    ("transposed", "expected t row after row, found [3, 2] with strides [1, 3]; call contiguous()"),
    ("expanded", "expected expanded row after row, found [2, 2] with strides [0, 0]"),
    ("float8", "data.pkl: GLOBAL at byte"),
    ("float8", "the Python object torch._utils._rebuild_tensor_v3 is not read"),
    ("complex", "torch.ComplexFloatStorage"),
    ("negated", "a tensor that says more of itself"),
    ("sparse", "torch._utils._rebuild_sparse_tensor"),
    ("size", "torch.Size"),
    ("pickled-module", "torch.nn.modules.linear.Linear"),
    ("pickled-module", "torch.save(model.state_dict(), path), or convert it to safetensors"),
    ("legacy", "a file that torch wrote before 1.6"),
    ("legacy4", "a file that torch wrote before 1.6"),
    ("legacy", "load the file with torch.load and save it again with torch.save"),
    ("script", "a TorchScript program; load it with torch.jit.load"),
  ]

  @Test func whatIsNoPlainStateDictIsRefusedAndTheErrorSaysWhatHelps() {
    for (file, words) in Self.refused {
      let path = Fixtures.golden("torch/\(file).bin")
      let error = #expect(throws: CheckpointError.self, "\(file)") { try TorchFile(path: path) }
      #expect(
        error?.code == .unsupportedFormat && error?.message.hasPrefix("\(path): ") == true
          && error?.message.contains(words) == true,
        "\(error?.description ?? "no error"), not \(words)")
    }
  }

  @Test func aFileWithoutTensorsByNameIsMalformed() {
    for (file, words) in [
      ("tensor", "expected a state dict: a dictionary of tensors, found a tensor"),
      ("no-tensors", "tensors by name, at the top or in state_dict or model, found nothing"),
    ] {
      let error = #expect(throws: CheckpointError.self) { try TorchFile(path: Fixtures.golden("torch/\(file).bin")) }
      #expect(
        error?.code == .malformed && error?.message.contains(words) == true, "\(error?.description ?? "no error")")
    }
  }

  @Test func aFileThatIsNoZipIsNamedForWhatItIs() throws {
    var tar = [UInt8](repeating: 0, count: 512)
    tar.replaceSubrange(257..<262, with: Array("ustar".utf8))
    let files: [(bytes: [UInt8], code: CheckpointError.Code, words: String)] = [
      (tar, .unsupportedFormat, "found a tar"),
      (Array("version https://git-lfs.github.com/spec/v1\noid".utf8), .unsupportedFormat, "a Git LFS pointer"),
      (Array("PK\u{3}\u{4}".utf8) + tar, .malformed, "the file is cut short: fetch it again"),
      (Array("<html>".utf8), .malformed, "found a file that is no zip; load the file with torch.load"),
      ([0], .malformed, "found a file that is no zip"),
      ([], .malformed, "the file is empty"),
    ]
    for (bytes, code, words) in files {
      let error = #expect(throws: CheckpointError.self) { try TorchFile(try MappedFile(bytes: bytes, name: "x.bin")) }
      #expect(
        error?.code == code && error?.message.hasPrefix("x.bin: ") == true && error?.message.contains(words) == true,
        "\(error?.description ?? "no error"), not \(words)")
    }
  }

  @Test func aFileThatIsNotThereIsUnreadable() {
    let error = #expect(throws: CheckpointError.self) { try TorchFile(path: "/none.bin") }
    #expect(error?.code == .unreadable && error?.message.contains("/none.bin") == true)
  }
}
