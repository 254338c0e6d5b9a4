import Testing

@testable import Checkpoint

@Suite struct GGUFPartsTests {
  /// Part `index` with one tensor.
  func part(_ index: Int, of count: Int, tensor: String, total: Int? = nil) -> GGUFBuilder {
    var builder = GGUFBuilder()
    builder.add("split.no", .uint16, GGUFBuilder.bytes(UInt16(index)))
    builder.add("split.count", .uint16, GGUFBuilder.bytes(UInt16(count)))
    if let total { builder.add("split.tensors.count", .int32, GGUFBuilder.bytes(Int32(total))) }
    builder.tensors = [.init(name: tensor)]
    builder.body = [UInt8](repeating: UInt8(index), count: 16)
    return builder
  }

  func name(_ index: Int, of count: Int) -> String { "m-0000\(index + 1)-of-0000\(count).gguf" }

  @Test func partsAreOneModel() throws {
    try Fixtures.withFolder { folder in
      for (index, tensor) in ["a", "b", "c"].enumerated() {
        try folder.write(name(index, of: 3), part(index, of: 3, tensor: tensor, total: 3).file)
      }
      let model = try GGUFParts(path: folder.path(name(0, of: 3)))
      #expect(model.names == ["a", "b", "c"] && model.files.count == 3)
      #expect(model["c"]?.bytes == [UInt8](repeating: 2, count: 16))
    }
  }

  @Test func aFileThatIsNotSplitIsItsOnlyPart() throws {
    try Fixtures.withFolder { folder in
      try folder.write("x.gguf", GGUFBuilder.small.file)
      #expect(try GGUFParts(path: folder.path("x.gguf")).names == ["a", "b", "c"])
      try folder.write("y.gguf", part(0, of: 1, tensor: "t").file)
      #expect(try GGUFParts(path: folder.path("y.gguf")).names == ["t"])
    }
  }

  @Test func partsThatDoNotBelongTogetherAreNamed() throws {
    let right = [part(0, of: 2, tensor: "a", total: 2), part(1, of: 2, tensor: "b")]
    let cases: [(parts: [GGUFBuilder], opened: String, code: CheckpointError.Code, words: String)] = [
      ([right[0]], name(0, of: 2), .unreadable, "m-00002-of-00002.gguf: No such file"),
      (right, name(1, of: 2), .malformed, "expected the first of 2 parts, whose name ends with -00001-of-00002.gguf"),
      ([right[0], right[0]], name(0, of: 2), .malformed, "00002.gguf: expected split.no 1 and split.count 2, found 0"),
      ([right[0], part(1, of: 3, tensor: "b")], name(0, of: 2), .malformed, "found 1 and 3"),
      ([right[0], part(1, of: 2, tensor: "a")], name(0, of: 2), .malformed, "a: expected it in one part"),
      ([right[0], GGUFBuilder.small], name(0, of: 2), .malformed, "split.no: expected a whole number"),
      (
        [part(0, of: 2, tensor: "a", total: 3), right[1]], name(0, of: 2), .malformed,
        "expected 3 tensors in all, found 2"
      ),
      ([part(0, of: 1_025, tensor: "a")], name(0, of: 2), .malformed, "split.count: expected at most 1024, found 1025"),
    ]
    for (parts, opened, code, words) in cases {
      try Fixtures.withFolder { folder in
        for (index, part) in parts.enumerated() { try folder.write(name(index, of: 2), part.file) }
        let error = #expect(throws: CheckpointError.self) { try GGUFParts(path: folder.path(opened)) }
        #expect(
          error?.code == code && error?.message.contains(words) == true,
          "\(error?.description ?? "no error"), not \(words)")
      }
    }
  }
}
