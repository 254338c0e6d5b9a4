import Foundation
import Testing

@testable import Checkpoint

@Suite struct SafetensorsFileTests {
  static func writer() -> SafetensorsWriter {
    var writer = SafetensorsWriter()
    writer.add("a.weight", [2, 3])
    writer.add("a.bias", [2])
    writer.add("ids", "I64", [1, 2], [UInt8](repeating: 7, count: 16))
    return writer
  }

  /// Reads `bytes` as a file and returns why it cannot be.
  func failure(_ bytes: [UInt8]) -> CheckpointError? {
    #expect(throws: CheckpointError.self) { try SafetensorsFile(try MappedFile(bytes: bytes, name: "x.safetensors")) }
  }

  @Test func whatWasWrittenIsRead() throws {
    try Fixtures.withFolder { folder in
      try folder.write("x.safetensors", Self.writer().file)
      let file = try SafetensorsFile(path: folder.path("x.safetensors"))
      #expect(file.names == ["a.bias", "a.weight", "ids"])
      #expect(file["a.weight"]?.shape == [2, 3] && file["a.weight"]?.type == "F32")
      #expect(file["ids"]?.bytes == [UInt8](repeating: 7, count: 16))
      #expect(file["b"] == nil)
      #expect(try Weights(file)["a"].vector("bias", count: 2) == [0, 1])
    }
  }

  @Test func anEmptyTensorMayLieAnywhere() throws {
    try Fixtures.withFolder { folder in
      var writer = Self.writer()
      writer.add("z", [0, 5])
      writer.entries.insert(.init(name: "y", type: "F32", shape: [0], bytes: []), at: 1)
      try folder.write("x.safetensors", writer.file)
      #expect(try SafetensorsFile(path: folder.path("x.safetensors"))["y"]?.bytes == [])
    }
  }

  @Test func aFileThatIsNotThereOrIsNoFileIsUnreadable() throws {
    try Fixtures.withFolder { folder in
      for path in [folder.path("none.safetensors"), folder.path] {
        let error = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
        #expect(error?.code == .unreadable && error?.message.contains(path) == true)
      }
    }
  }

  @Test func aFileCutShortIsMalformedAtEveryByte() throws {
    let whole = Self.writer().file
    for count in whole.indices {
      let error = failure(Array(whole.prefix(count)))
      #expect(error?.code == .malformed && error?.message.contains("x.safetensors") == true, "\(count) bytes")
    }
  }

  @Test func aHeaderThatContradictsItselfOrTheFileIsMalformed() throws {
    func file(_ fields: String...) -> [UInt8] {
      SafetensorsWriter.file(
        header: "{" + fields.joined(separator: ",") + "}", body: [UInt8](repeating: 0, count: 32))
    }
    func field(_ name: String, _ type: String, _ shape: [Int], _ start: Int, _ end: Int) -> String {
      SafetensorsWriter.field(name, type, shape, start, end)
    }
    let wholes: [(bytes: [UInt8], words: String)] = [
      (Self.writer().file + [0], "to end with ids at offset 48, found 49"),
      (SafetensorsWriter.littleEndian(UInt64.max) + [0], "18446744073709551615"),
      (SafetensorsWriter.littleEndian(UInt64(100_000_001)) + [0], "100000001"),
      (SafetensorsWriter.littleEndian(UInt64(100_000_000)) + [0], "the header ends at byte 100000008"),
      (SafetensorsWriter.file(header: "[]", body: []), "x.safetensors"),
      (SafetensorsWriter.file(header: "{", body: []), "expected JSON"),
      (SafetensorsWriter.file(header: "", body: []), "expected JSON"),
      (file(#""a":{"shape":[8],"data_offsets":[0,32]}"#), "a.dtype"),
      (file(#""a":{"dtype":"F32","shape":"8","data_offsets":[0,32]}"#), "a.shape"),
      (file(#""a":{"dtype":"F32","shape":[8],"data_offsets":[0]}"#), "a: expected offsets"),
      (file(#""a":{"dtype":"F32","shape":[8],"data_offsets":[0,99999999999999999999]}"#), "x.safetensors"),
      (file(field("a", "F32", [8], 0, 36)), "a: expected offsets within the 32 bytes"),
      (file(field("a", "F32", [8], 32, 0)), "[32, 0]"),
      (file(field("a", "F32", [8], -32, 0)), "[-32, 0]"),
      (file(field("a", "F32", [8], .max - 1, .max)), "a: expected offsets"),
      (file(field("a", "F32", [9], 0, 32)), "F32 [9] takes 36 bytes"),
      (file(field("a", "F32", [-8], 0, 32)), "[-8]"),
      (file(field("a", "F32", [1, 1, 1, 1, 1, 1, 1, 1, 8], 0, 32)), "dimensions"),
      (file(field("a", "F32", [1 << 40, 1 << 40], 0, 32)), "more than 2^63"),
      (file(field("a", "F32", [4], 0, 16), field("b", "F32", [5], 12, 32)), "b overlaps a"),
      (file(field("a", "F32", [8], 0, 32), field("b", "F32", [8], 0, 32)), "overlaps"),
      (file(field("a", "F32", [4], 0, 16), field("b", "F32", [3], 20, 32)), "b leaves a gap after a"),
      (file(field("a", "F32", [7], 4, 32)), "a leaves a gap after the header"),
      (file(field("a", "F32", [7], 0, 28)), "to end with a at offset 28"),
      (file(field("a", "F32", [4], 0, 16), field("a", "F32", [4], 16, 32)), "of two tensors of one name"),
      (file(), "to end with the header at offset 0"),
    ]
    for (bytes, words) in wholes {
      let error = failure(bytes)
      #expect(
        error?.code == .malformed && error?.message.contains(words) == true,
        "\(error?.description ?? "no error"), not \(words)")
    }
  }

  /// The whole file with damage to its length and header: it is read to its last tensor, or is malformed.
  @Test func aDamagedFileNeverCrashes() throws {
    let writer = Self.writer()
    let headerByteCount = 8 + writer.header.utf8.count
    var readCount = 0
    for seed in UInt64(0)..<10_000 {
      var random = SeededGenerator(seed: seed)
      let bytes = random.damaged(writer.file, within: headerByteCount)
      do {
        let file = try SafetensorsFile(try MappedFile(bytes: bytes, name: "x"))
        for tensor in file.tensors.values {
          #expect(tensor.bytes.count == tensor.byteCount, "seed \(seed)")
        }
        readCount += 1
      } catch {
        #expect(error.code == .malformed && error.message.hasPrefix("x: "), "seed \(seed): \(error)")
      }
    }
    // Most of a header is names and punctuation; of changes to it, those within a name are none to the format.
    #expect((100..<9_000).contains(readCount), "\(readCount) were read: the damage is too small or too great to test")
  }

  /// Changed, removed, repeated and swapped characters of a header: it is read, or is malformed.
  @Test func aDamagedHeaderNeverCrashes() throws {
    let header = Array(Self.writer().header.utf8)
    let bodyByteCount = Self.writer().entries.map(\.bytes.count).reduce(0, +)
    let characters = Array(#"{}[]":,-0123456789.eE\u aF"#.utf8) + [0, 0x80, 0xc3, 0xff]
    for seed in UInt64(0)..<3_000 {
      var random = SeededGenerator(seed: seed)
      var damaged = header
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let index = Int.random(in: 0..<damaged.count, using: &random)
        switch random.next() % 4 {
        case 0: damaged[index] = characters.randomElement(using: &random)!
        case 1: damaged.remove(at: index)
        case 2: damaged.insert(characters.randomElement(using: &random)!, at: index)
        default: damaged.swapAt(index, Int.random(in: 0..<damaged.count, using: &random))
        }
      }
      do {
        let read = try SafetensorsHeader(JSONText(place: "x", bytes: damaged), bodyByteCount: bodyByteCount)
        #expect(read.entries.map(\.range.count).reduce(0, +) == bodyByteCount, "seed \(seed)")
      } catch {
        #expect(error.code == .malformed && error.message.hasPrefix("x: "), "seed \(seed): \(error)")
      }
    }
  }
}
