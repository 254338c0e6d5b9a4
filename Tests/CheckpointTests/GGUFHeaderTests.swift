import Testing

@testable import Checkpoint
@testable import Numerics

@Suite struct GGUFHeaderTests {
  typealias Builder = GGUFBuilder

  func open(_ bytes: [UInt8]) throws(CheckpointError) -> GGUFFile {
    try GGUFFile(try MappedFile(bytes: bytes, name: "x.gguf"))
  }

  /// The small file, changed.
  func changed(_ change: (inout Builder) -> Void) -> [UInt8] {
    var builder = Builder.small
    change(&builder)
    return builder.file
  }

  func expectMalformed(_ cases: [(bytes: [UInt8], words: String)]) {
    for (bytes, words) in cases {
      let error = #expect(throws: CheckpointError.self) { try open(bytes) }
      #expect(
        error?.code == .malformed && error?.message.hasPrefix("x.gguf: ") == true
          && error?.message.contains(words) == true,
        "\(error?.description ?? "no error"), not \(words)")
    }
  }

  @Test func aFileOfAnotherFormatOrVersionIsMalformed() {
    expectMalformed([
      (changed { $0.magic = Array("ggml".utf8) }, "expected the file to begin with \"GGUF\", found 0x67676d6c"),
      (changed { $0.version = 1 }, "found 1; convert the model again"),
      (changed { $0.version = 4 }, "expected version 2 or 3, found 4"),
      (changed { $0.version = 3 << 24 }, "found a big-endian one of version 3"),
      (changed { $0.version = 0 }, "x.gguf: header"),
    ])
  }

  @Test func aCountOrLengthBeyondTheFileIsMalformedBeforeMemoryIsSpent() {
    let most = UInt64.max
    expectMalformed([
      (changed { $0.tensorCount = most }, "expected at most 100000 as the number of tensors"),
      (changed { $0.tensorCount = 100_000 }, "the number of tensors is 100000"),
      (changed { $0.tensorCount = 4 }, "a tensor's description: name: expected"),
      (changed { $0.keyCount = most }, "expected at most 65536 as the number of keys"),
      (changed { $0.keyCount = 65_536 }, "the number of keys is 65536"),
      (
        changed { $0.pairs[0].value = Builder.bytes(most) },
        "general.architecture: text: expected at most 100000000 bytes, found \(most)"
      ),
      (changed { $0.pairs[0].value = Builder.bytes(UInt64(100_000_000)) }, "text: expected 100000000 bytes at byte"),
      (changed { $0.add("k", arrayOf: 0, count: most, []) }, "k: expected at most 4194304 as the array's count"),
      (changed { $0.add("k", arrayOf: 12, count: 4_194_304, []) }, "k: the array's count is 4194304, which takes 8"),
      (changed { $0.add("k", arrayOf: 8, count: 100, []) }, "k: the array's count is 100, which takes 8"),
      (
        changed { $0.add("k", arrayOf: 8, count: 1, Builder.bytes(most)) },
        "k: text: expected at most 100000000 bytes, found \(most)"
      ),
      (
        changed { $0.pairs[0].key = [UInt8](repeating: 65, count: 65_536) }, "expected at most 65535 bytes, found 65536"
      ),
      (
        changed { $0.tensors[0].name = String(repeating: "n", count: 1_025) },
        "expected at most 1024 bytes, found 1025"
      ),
    ])
  }

  @Test func metadataThatTheFormatDoesNotKnowIsMalformed() {
    func alignment(_ type: GGUFValueType, _ value: [UInt8]) -> [UInt8] {
      changed { $0.pairs[1] = (Array("general.alignment".utf8), type.rawValue, value) }
    }
    expectMalformed([
      (changed { $0.pairs[0].type = 13 }, "general.architecture: type of the value: expected 0 to 12, found 13"),
      (changed { $0.add("k", arrayOf: 13, count: 0, []) }, "k: type of the array's elements: expected 0 to 12"),
      (changed { $0.add("k", arrayOf: 9, count: 0, []) }, "k: expected an array of plain values"),
      (changed { $0.add("k", .bool, [2]) }, "k: truth value: expected 0 or 1, found 2"),
      (changed { $0.add("k", arrayOf: 7, count: 1, [255]) }, "k: truth value: expected 0 or 1, found 255"),
      (changed { $0.add("k", arrayOf: 10, count: 1, Builder.bytes(UInt64.max)) }, "k: element: expected at most"),
      (changed { $0.add("count", .bool, [0]) }, "count: expected the key once, found it twice"),
      (changed { $0.pairs[0].key = [0xff] }, "key 0: key: expected UTF-8"),
      (alignment(.uint32, Builder.bytes(UInt32(0))), "general.alignment: expected a power of two"),
      (alignment(.uint32, Builder.bytes(UInt32(24))), "found the whole number 24"),
      (alignment(.uint32, Builder.bytes(UInt32(1) << 31)), "found the whole number 2147483648"),
      (alignment(.int32, Builder.bytes(Int32(-32))), "found the whole number -32"),
      (alignment(.float32, Builder.bytes(Float(32).bitPattern)), "found the number 32.0"),
    ])
  }

  @Test func aTensorThatContradictsItselfOrTheFileIsMalformed() {
    func first(_ change: (inout Builder.Tensor) -> Void) -> [UInt8] { changed { change(&$0.tensors[0]) } }
    expectMalformed([
      (first { $0.name = "b" }, "b: expected one tensor of this name"),
      (first { $0.dimensions = [1, 1, 1, 1, 6] }, "a: expected at most 4 dimensions, found 5"),
      (first { $0.dimensionCount = .max }, "a: expected at most 4 dimensions, found 4294967295"),
      (first { $0.dimensions = [UInt64.max] }, "a: expected dimensions up to"),
      (first { $0.dimensions = [1 << 40, 1 << 40] }, "a: F32 [1099511627776, 1099511627776] takes more than 2^63"),
      (first { $0.dimensions = [1 << 62] }, "a: F32 [4611686018427387904] takes more than 2^63"),
      (first { $0.dimensions = [1 << 40] }, "a: expected its 4398046511104 bytes within the 102 bytes"),
      (first { $0.dimensions = [26, 1] }, "a: expected its 104 bytes within the 102 bytes"),
      (first { $0.offset = 16 }, "a: expected an offset that is a multiple of 32, found 16"),
      (first { $0.offset = 96 }, "a: expected its 24 bytes within the 102 bytes of tensors, found them at offset 96"),
      (first { $0.offset = .max - 31 }, "offset 18446744073709551584"),
      (first { $0.offset = 32 }, "expected it after"),
      (first { $0.dimensions = [12, 1] }, "b: expected it after a"),
      (changed { $0.tensors[1].dimensions = [33] }, "b: expected rows of whole blocks of 32 numbers for Q8_0"),
      (changed { $0.tensors[1].dimensions = [1, 32] }, "b: expected rows of whole blocks of 32 numbers for Q8_0"),
      (changed { $0.tensors[1].type = 14 }, "b: expected rows of whole blocks of 256 numbers for Q6_K"),
      (changed { $0.body.removeLast() }, "c: expected its 6 bytes within the 101 bytes"),
      (changed { $0.body = [] }, "within the 0 bytes"),
    ])
  }

  /// The tensors would begin after the end, as they begin at a multiple of the alignment: found by fuzzing.
  @Test func aTensorOfNoBytesAfterTheEndIsMalformed() {
    var builder = Builder()
    builder.tensors = [Builder.Tensor(name: "a", dimensions: [0])]
    #expect(!builder.header.count.isMultiple(of: builder.alignment))
    expectMalformed([(builder.header, "a: expected its 0 bytes within the 0 bytes of tensors")])
  }

  @Test func aTypeThatGgmlDoesNotHaveIsUnsupported() {
    for code: UInt32 in [4, 31, 1_000] {
      let bytes = changed { $0.tensors[1].type = code }
      let error = #expect(throws: CheckpointError.self) { try open(bytes) }
      #expect(error?.code == .unsupportedType)
      #expect(error?.message.contains("b: expected the type 0 (F32)") == true)
      #expect(error?.message.hasSuffix("found \(code)") == true)
    }
  }

  @Test func aFileCutShortIsMalformedAtEveryByte() {
    let whole = Builder.small.file
    for count in whole.indices {
      let error = #expect(throws: CheckpointError.self, "\(count) bytes") { try open(Array(whole.prefix(count))) }
      #expect(error?.code == .malformed && error?.message.hasPrefix("x.gguf: ") == true, "\(count) bytes")
    }
  }

  /// Changed bits and bytes, insertions, deletions, and pieces that are copied elsewhere: it is read to its last tensor,
  /// or it is an error.
  @Test func aDamagedHeaderNeverCrashes() throws {
    let whole = Builder.small.file
    let headerByteCount = Builder.small.header.count
    var readCount = 0
    for seed in UInt64(0)..<10_000 {
      var random = SeededGenerator(seed: seed)
      let bytes = random.damaged(whole, within: headerByteCount)
      do {
        let file = try open(bytes)
        for tensor in file.tensors.values {
          #expect(tensor.bytes.count == tensor.range.count, "seed \(seed)")
          if let type = tensor.weightType {
            let count = tensor.shape.reduce(1, *)
            #expect(tensor.file.floats(tensor.range, as: type).count == count, "seed \(seed)")
          }
        }
        readCount += 1
      } catch {
        let codes: [CheckpointError.Code] = [.malformed, .unsupportedType]
        #expect(codes.contains(error.code) && error.message.hasPrefix("x.gguf: "), "seed \(seed): \(error)")
      }
    }
    #expect((1_000..<9_000).contains(readCount), "\(readCount) were read: the damage is too small or too great to test")
  }
}
