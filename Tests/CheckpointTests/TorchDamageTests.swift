import Foundation
import Testing

@testable import Checkpoint

@Suite struct TorchDamageTests {
  static let codes: [CheckpointError.Code] = [.malformed, .unsupportedFormat]

  /// A file that torch wrote.
  static func whole(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: Fixtures.golden("torch/\(name).bin"))))
  }

  /// Whether the file can be read, to its last tensor.
  func isRead(_ bytes: [UInt8], _ comment: String) -> Bool {
    do {
      let file = try ZipTests.open(bytes)
      for tensor in file.tensors.values {
        #expect(tensor.bytes.count == tensor.byteCount, "\(comment)")
        if let type = tensor.weightType {
          let numbers = tensor.file.floats(tensor.range, as: type)
          #expect(numbers.count == tensor.shape.reduce(1, *), "\(comment)")
        }
      }
      return true
    } catch {
      #expect(Self.codes.contains(error.code) && error.message.hasPrefix("x.bin: "), "\(comment): \(error)")
      return false
    }
  }

  @Test(arguments: ["shared", "protocol4"])
  func aFileCutShortIsAnErrorAtEveryByte(name: String) throws {
    let whole = try Self.whole(name)
    #expect(isRead(whole, "whole"))
    for count in whole.indices { #expect(!isRead(Array(whole.prefix(count)), "\(count) bytes"), "\(count) bytes") }
  }

  @Test func aPickleCutShortIsAnErrorAtEveryByte() throws {
    var builder = try ZipBuilder(try MappedFile(bytes: try Self.whole("protocol5"), name: "x.bin"))
    let index = try #require(builder.entries.firstIndex { $0.name.hasSuffix("/data.pkl") })
    let pickle = builder.entries[index].bytes
    for count in pickle.indices {
      builder.entries[index].bytes = Array(pickle.prefix(count))
      #expect(!isRead(builder.file, "\(count) bytes"), "\(count) bytes")
    }
  }

  /// Damage to everything in the file, the zip's directory and headers above all.
  @Test func aDamagedArchiveNeverCrashes() throws {
    let whole = try Self.whole("shared")
    let end = try #require(try ZipEnd(try MappedFile(bytes: whole, name: "x.bin")))
    let directory = Array(whole[end.directory.lowerBound...])
    var readCount = 0
    for seed in UInt64(0)..<10_000 {
      var random = SeededGenerator(seed: seed)
      let bytes =
        seed.isMultiple(of: 2)
        ? random.damaged(whole, within: whole.count)
        : whole[..<end.directory.lowerBound] + random.damaged(directory, within: directory.count)
      if isRead(bytes, "seed \(seed)") { readCount += 1 }
    }
    #expect((1_000..<9_000).contains(readCount), "\(readCount) were read: the damage is too small or too great to test")
  }

  /// Damage to a pickle in an archive that is whole.
  @Test(arguments: ["shared", "protocol4"])
  func aDamagedPickleNeverCrashes(name: String) throws {
    var builder = try ZipBuilder(try MappedFile(bytes: try Self.whole(name), name: "x.bin"))
    let index = try #require(builder.entries.firstIndex { $0.name.hasSuffix("/data.pkl") })
    let pickle = builder.entries[index].bytes
    var readCount = 0
    for seed in UInt64(0)..<10_000 {
      var random = SeededGenerator(seed: seed)
      builder.entries[index].bytes = random.damaged(pickle, within: pickle.count)
      if isRead(builder.file, "\(name), seed \(seed)") { readCount += 1 }
    }
    // Of changes to a pickle, those within a name or a number that is not used are none.
    #expect((100..<9_000).contains(readCount), "\(readCount) were read: the damage is too small or too great to test")
  }
}
