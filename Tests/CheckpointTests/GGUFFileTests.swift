import Testing

@testable import Checkpoint
@testable import Numerics

@Suite struct GGUFFileTests {
  func open(_ bytes: [UInt8]) throws(CheckpointError) -> GGUFFile {
    try GGUFFile(try MappedFile(bytes: bytes, name: "x.gguf"))
  }

  @Test func whatThePythonPackageWroteIsRead() throws {
    let file = try GGUFFile(path: Fixtures.golden("ggml/metadata.gguf"))
    #expect(file.version == 3 && file.alignment == 64)
    let expected: [String: GGUFValue] = [
      "general.architecture": .string("llama"), "general.alignment": .unsigned(64),
      "u8": .unsigned(200), "i8": .signed(-100), "u16": .unsigned(60_000), "i16": .signed(-30_000),
      "u32": .unsigned(4_000_000_000), "i32": .signed(-2_000_000_000), "u64": .unsigned(.max), "i64": .signed(.min),
      "f32": .float(Double(Float(1e-5))), "f64": .float(1e-5), "yes": .bool(true), "no": .bool(false),
      "text": .string("größer ▁ 🌋"),
      "strings": .array(.strings([Array("<s>".utf8), [], Array("▁der".utf8)])),
      "bytes": .array(.strings([[0xff, 0xfe], Array("<0x0A>".utf8)])),
      "floats": .array(.floats([0, -1.5, 3e38])), "integers": .array(.integers([3, -1, 2_147_483_647])),
      "flags": .array(.bools([true, false])), "u8s": .array(.integers([0, 255])),
      "i8s": .array(.integers([-128, 127])),
      "u16s": .array(.integers([65_535])), "i16s": .array(.integers([-32_768])),
      "u32s": .array(.integers([4_294_967_295])), "u64s": .array(.integers([.max])), "i64s": .array(.integers([.min])),
      "f64s": .array(.floats([0.1])),
    ]
    #expect(Set(file.metadata.keys) == Set(expected.keys))
    for (key, value) in expected { #expect(file.metadata[key] == value, "\(key)") }

    #expect(file.names == ["ids", "patch", "token_embd.weight"])
    let matrix = try #require(file["token_embd.weight"])
    #expect(matrix.shape == [2, 3] && matrix.type == "F32" && matrix.weightType == .f32)
    #expect(matrix.file.floats(matrix.range, as: .f32) == [0, 1, 2, 3, 4, 5])
    let patch = try #require(file["patch"])
    #expect(patch.shape == [2, 3, 2, 2] && patch.weightType == .f16)
    #expect(patch.file.floats(patch.range, as: .f16) == (0..<24).map(Float.init))
    let ids = try #require(file["ids"])
    #expect(ids.shape == [5] && ids.type == "I32" && ids.weightType == nil)
    #expect(ids.bytes == (0..<5).flatMap { GGUFBuilder.bytes(Int32($0)) })
  }

  @Test func versionTwoIsReadLikeVersionThree() throws {
    var builder = GGUFBuilder.small
    let third = try open(builder.file)
    builder.version = 2
    let second = try open(builder.file)
    #expect(second.version == 2 && third.version == 3)
    #expect(second.metadata == third.metadata && second.metadata.count == 8)
    #expect(second.names == ["a", "b", "c"])
    for name in second.names { #expect(second[name]?.bytes == third[name]?.bytes) }
    #expect(second["b"]?.bytes == Array(32..<66))
    #expect(second["c"]?.bytes == Array(96..<102))
  }

  @Test func anEmptyTensorAndATensorWithoutDimensionsAreRead() throws {
    var builder = GGUFBuilder()
    builder.tensors = [
      .init(name: "empty", dimensions: [32, 0], type: 8, offset: 0), .init(name: "one", dimensions: [], offset: 0),
    ]
    builder.body = [1, 2, 3, 4]
    let file = try open(builder.file)
    #expect(file["empty"]?.shape == [0, 32] && file["empty"]?.bytes == [])
    #expect(file["one"]?.shape == [] && file["one"]?.bytes == [1, 2, 3, 4])
    builder.tensors = []
    #expect(try open(builder.header).names == [], "a file of metadata alone")
  }

  @Test func aValueIsAskedForByItsKind() throws {
    let file = try open(GGUFBuilder.small.file)
    #expect(try file.integer("count") == 7 && file.integerIfPresent("none") == nil)
    #expect(try file.number("count") == 7 && file.number("epsilon") == Double(Float(1e-5)))
    #expect(try file.text("general.architecture") == "llama" && file.textIfPresent("none") == nil)
    #expect(try file.flag("flag") && file.flagIfPresent("none") == nil)
    #expect(try file.integers("types") == [-3, 6] && file.integersIfPresent("none") == nil)
    #expect(try file.numbers("scores") == [-1, 0.5] && file.numbers("types") == [-3, 6])
    #expect(try file.texts("tokens") == [Array("<s>".utf8), [], [0xff, 0xfe]])
    #expect(try file.numberIfPresent("none") == nil && file.numbersIfPresent("none") == nil)
    #expect(try file.textsIfPresent("none") == nil)
  }

  @Test func aValueThatIsMissingOrOfAnotherKindIsNamed() throws {
    let file = try open(GGUFBuilder.small.file)
    let cases: [(key: String, words: String, read: () throws -> Void)] = [
      ("none", "expected a whole number up to 2^63 - 1, found no such key", { _ = try file.integer("none") }),
      ("epsilon", "expected a whole number", { _ = try file.integer("epsilon") }),
      ("flag", "expected a number, found true", { _ = try file.numberIfPresent("flag") }),
      ("count", "expected a text, found the whole number 7", { _ = try file.text("count") }),
      ("general.architecture", "found the text \"llama\"", { _ = try file.flag("general.architecture") }),
      ("scores", "whole numbers, found an array of 2 numbers", { _ = try file.integers("scores") }),
      ("tokens", "numbers, found an array of 3 texts", { _ = try file.numbersIfPresent("tokens") }),
      ("types", "texts, found an array of 2 whole numbers", { _ = try file.texts("types") }),
    ]
    for (key, words, read) in cases {
      let error = #expect(throws: CheckpointError.self) { try read() }
      #expect(error?.code == .malformed)
      #expect(
        error?.message.hasPrefix("x.gguf: \(key): ") == true && error?.message.contains(words) == true,
        "\(error?.description ?? "no error"), not \(words)")
    }
  }
}
