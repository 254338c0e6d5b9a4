import Foundation
import Testing

@testable import Checkpoint
@testable import Numerics

@Suite struct GGUFWriterTests {
  typealias Pairs = [(key: String, value: GGUFValue)]

  let metadata: Pairs = [
    ("general.architecture", .string("llama")), ("general.alignment", .unsigned(32)), ("small", .unsigned(7)),
    ("great", .unsigned(.max)), ("negative", .signed(-7)), ("least", .signed(.min)),
    ("epsilon", .float(Double(Float(1e-5)))), ("yes", .bool(true)), ("no", .bool(false)), ("text", .string("▁größer")),
    ("tokens", .array(.strings([[0xff, 0xfe], [], Array("▁der".utf8)]))), ("scores", .array(.floats([0, -1.5, 3e38]))),
    ("types", .array(.integers([3, -1]))), ("wide", .array(.integers([.max, .min]))),
    ("flags", .array(.bools([true, false]))),
  ]
  let tensors = [
    GGUFTensor(name: "a", shape: [2, 3], type: .f32), GGUFTensor(name: "none", shape: [0, 32], type: .q80),
    GGUFTensor(name: "b", shape: [3, 64], type: .q80), GGUFTensor(name: "c", shape: [2, 3, 2, 2], type: .f16),
    GGUFTensor(name: "d", shape: [1, 256], type: .q6k), GGUFTensor(name: "last", shape: [5], type: .bf16),
  ]

  func bytes(of tensor: GGUFTensor) -> [UInt8] {
    let count = tensor.type.byteCount(of: tensor.shape.reduce(1, *))
    return (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ tensor.name.utf8.count) }
  }

  func write(_ path: String, chunkByteCount: Int) throws {
    var writer = try GGUFWriter(path: path, metadata: metadata, tensors: tensors)
    for tensor in tensors {
      let bytes = bytes(of: tensor)
      for start in stride(from: 0, to: bytes.count, by: chunkByteCount) {
        try writer.write(Array(bytes[start..<min(start + chunkByteCount, bytes.count)]))
      }
    }
    try writer.finish()
  }

  @Test func whatIsWrittenIsReadWhateverTheChunks() throws {
    try Fixtures.withFolder { folder in
      var files: [[UInt8]] = []
      for chunkByteCount in [1, 7, 1 << 20] {
        let path = folder.path("\(chunkByteCount).gguf")
        try write(path, chunkByteCount: chunkByteCount)
        let file = try GGUFFile(path: path)
        #expect(file.version == 3 && file.alignment == 32)
        #expect(file.metadata == Dictionary(uniqueKeysWithValues: metadata.map { ($0.key, $0.value) }))
        #expect(file.names == tensors.map(\.name).sorted())
        for tensor in tensors {
          let found = try #require(file[tensor.name])
          #expect(found.shape == tensor.shape && found.weightType == tensor.type)
          #expect(found.bytes == bytes(of: tensor) && found.range.lowerBound.isMultiple(of: 32))
        }
        files.append([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
      }
      #expect(files[0] == files[1] && files[1] == files[2])
      #expect(files[0].count.isMultiple(of: 32), "the last tensor is padded too")
    }
  }

  @Test func aFileThatIsReadAndWrittenAgainIsTheSame() throws {
    try Fixtures.withFolder { folder in
      try write(folder.path("a.gguf"), chunkByteCount: 64)
      let file = try GGUFFile(path: folder.path("a.gguf"))
      let order = metadata.map { (key: $0.key, value: file.metadata[$0.key]!) }
      var writer = try GGUFWriter(path: folder.path("b.gguf"), metadata: order, tensors: tensors)
      for tensor in tensors { try writer.write(file[tensor.name]!.bytes) }
      try writer.finish()
      let written = try ["a.gguf", "b.gguf"].map { try Data(contentsOf: URL(fileURLWithPath: folder.path($0))) }
      #expect(written[0] == written[1])
    }
  }

  @Test func nothingHasTheNameBeforeTheEnd() throws {
    try Fixtures.withFolder { folder in
      let path = folder.path("x.gguf")
      func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }
      func interrupted() throws -> [String] {
        var writer = try GGUFWriter(path: path, metadata: metadata, tensors: tensors)
        try writer.write([1, 2, 3])
        return try names()
      }
      #expect(try interrupted() == ["x.gguf.partial"])
      #expect(try names().isEmpty, "a writer that is let go takes its file away")
      try folder.write("x.gguf.partial", "what a run that was ended left")
      try write(path, chunkByteCount: 64)
      #expect(try names() == ["x.gguf"])
      #expect(try interrupted().sorted() == ["x.gguf", "x.gguf.partial"])
      #expect(try GGUFFile(path: path).names.count == tensors.count, "the file of before is still there")
    }
  }

  @Test func whatTheFormatOrGgmlDoesNotAllowIsUnwritable() throws {
    let cases: [(metadata: Pairs, tensors: [GGUFTensor], words: String)] = [
      ([("k", .bool(true)), ("k", .bool(true))], [], "k: expected the key once"),
      ([(String(repeating: "k", count: 65_536), .bool(true))], [], "expected a key of at most 65535 bytes"),
      ([("general.alignment", .unsigned(64))], [], "general.alignment: expected 32, found the whole number 64"),
      ([], [tensors[0], tensors[0]], "a: expected one tensor of this name"),
      ([], [.init(name: String(repeating: "n", count: 64), shape: [1], type: .f32)], "at most 63 bytes"),
      ([], [.init(name: "t", shape: [1, 1, 1, 1, 1], type: .f32)], "t: expected at most 4 dimensions"),
      ([], [.init(name: "t", shape: [-1], type: .f32)], "t: expected at most 4 dimensions"),
      ([], [.init(name: "t", shape: [32, 33], type: .q80)], "t: expected rows of whole blocks of 32"),
      ([], [.init(name: "t", shape: [1 << 40, 1 << 40], type: .f32)], "t: expected at most 1099511627776 bytes"),
    ]
    try Fixtures.withFolder { folder in
      for (metadata, tensors, words) in cases {
        let path = folder.path("x.gguf")
        let error = #expect(throws: CheckpointError.self) {
          _ = try GGUFWriter(path: path, metadata: metadata, tensors: tensors)
        }
        #expect(
          error?.code == .unwritable && error?.message.hasPrefix(path) == true
            && error?.message.contains(words) == true,
          "\(error?.description ?? "no error"), not \(words)")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(left.isEmpty)
      }
    }
  }

  @Test func aPlaceThatCannotBeWrittenIsNamed() throws {
    try Fixtures.withFolder { folder in
      let path = folder.path("none/x.gguf")
      let error = #expect(throws: CheckpointError.self) { _ = try GGUFWriter(path: path, metadata: [], tensors: []) }
      #expect(error == CheckpointError(code: .unwritable, message: "\(path).partial: No such file or directory"))
      try FileManager.default.createDirectory(atPath: folder.path("folder.gguf"), withIntermediateDirectories: false)
      let taken = #expect(throws: CheckpointError.self) {
        try GGUFWriter(path: folder.path("folder.gguf"), metadata: [], tensors: []).finish()
      }
      #expect(taken?.code == .unwritable && taken?.message.contains("folder.gguf: Is a directory") == true)
    }
  }
}
