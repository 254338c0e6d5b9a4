import Testing

@testable import Checkpoint

@Suite struct ZipTests {
  static let pickle = PickleWriter.pickle(PickleWriter.dictionary(PickleWriter.tensor()))

  static func open(_ bytes: [UInt8]) throws(CheckpointError) -> TorchFile {
    try TorchFile(try MappedFile(bytes: bytes, name: "x.bin"))
  }

  /// An archive as torch writes it, changed.
  func changed(_ change: (inout ZipBuilder) -> Void) -> [UInt8] {
    var builder = ZipBuilder(pickle: Self.pickle)
    change(&builder)
    return builder.file
  }

  @Test func everyWayToWriteAnArchiveIsRead() throws {
    let files = [
      changed { _ in },
      changed { $0.isWide = false },
      changed { $0.comment = Array("made by hand".utf8) },
      changed { $0.comment = [UInt8](repeating: 0x50, count: 65_535) },
      changed { for index in $0.entries.indices { $0.entries[index].isWide = true } },
      changed {
        $0.entries[2].isWide = true; $0.entries[2].extra = [9, 0, 2, 0, 1, 1]
      },
      changed {
        $0.entries[0].offset = .max
        $0.entries[0].extra = [1, 0, 8, 0] + [UInt8](repeating: 0, count: 8)
      },
      changed { $0.entries.removeAll { $0.name == "x/byteorder" } },
      changed { $0.add("x/.data/serialization_id", [0x31]) },
    ]
    for (index, bytes) in files.enumerated() {
      let file = try Self.open(bytes)
      #expect(file.names == ["a"] && file["a"]?.bytes == [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40], "file \(index)")
    }
  }

  @Test func compressedAndEncryptedEntriesAreRefused() {
    for (bytes, words) in [
      (changed { $0.entries[2].method = 8 }, "x/data/0: expected it stored as it is, found it compressed (method 8)"),
      (changed { $0.entries[0].method = 93 }, "x/data.pkl: expected it stored as it is, found it compressed"),
      (changed { $0.entries[0].flags = 1 }, "x/data.pkl: expected it stored as it is, found it encrypted"),
      (changed { $0.entries[1].bytes = Array("big".utf8) }, "expected the byte order little, found \"big\""),
      (changed { $0.entries[3].bytes = Array("11\n".utf8) }, "expected version 1 to 10, found \"11\\n\""),
      (changed { $0.entries[3].bytes = [] }, "expected version 1 to 10"),
      (changed { $0.add("x/code/__torch__.py", []) }, "a TorchScript program"),
      (changed { $0.add("x/constants.pkl", []) }, "a TorchScript program"),
    ] {
      let error = #expect(throws: CheckpointError.self) { try Self.open(bytes) }
      #expect(
        error?.code == .unsupportedFormat && error?.message.contains(words) == true,
        "\(error?.description ?? "no error"), not \(words)")
    }
  }

  @Test func anArchiveThatContradictsItselfIsMalformed() {
    let most = UInt64.max
    func storage(_ change: (inout ZipBuilder.Entry) -> Void) -> [UInt8] { changed { change(&$0.entries[2]) } }
    let cases: [(bytes: [UInt8], words: String)] = [
      (changed { $0.wideOffset = most }, "zip64 locator: expected its record of 56 bytes before byte"),
      (changed { $0.wideOffset = 0 }, "expected the record where its locator places it, at byte 0"),
      (changed { $0.wideSignature = 0 }, "zip64 end of the archive: expected the record"),
      (changed { $0.disk = 1 }, "expected an archive in one piece"),
      (
        changed {
          $0.disk = 1; $0.isWide = false
        }, "expected an archive in one piece"
      ),
      (changed { $0.directoryOffset = most }, "expected the directory before byte"),
      (changed { $0.directoryOffset = 0 }, "expected an entry at byte 0, found something else"),
      (changed { $0.directoryByteCount = most }, "found 18446744073709551615 bytes of it"),
      (changed { $0.directoryByteCount = 1 << 40 }, "expected the directory before byte"),
      (changed { $0.entryCount = most }, "found 18446744073709551615"),
      (changed { $0.entryCount = 101_025 }, "expected at most 101024 entries"),
      (changed { $0.entryCount = 5 }, "entries of at least 46 bytes each in a directory of 222 bytes, found 5"),
      (
        changed {
          $0.add("x/\(String(repeating: "n", count: 60))", [])
          $0.entryCount = 6
        }, "directory of the archive: signature: expected 4 bytes at byte 330, found 0"
      ),
      (changed { $0.entryCount = 0 }, "expected a version in the archive"),
      (changed { $0.entries = [] }, "expected a version in the archive"),
      (changed { $0.entries.removeFirst() }, "expected a data.pkl in the archive"),
      (changed { $0.entries.removeLast() }, "expected a version in the archive"),
      (changed { $0.entries.remove(at: 2) }, "a: expected its storage data/0 in the archive, found none"),
      (changed { $0.add("x/data/0", []) }, "expected one file named x/data/0 in the archive, found two"),
      (changed { $0.add("y/data/1", []) }, "expected every file in one folder"),
      (changed { $0.add("z", []) }, "expected every file in one folder, as torch.save writes them, found z"),
      (storage { $0.signature = 0 }, "directory of the archive: expected an entry at byte"),
      (storage { $0.localSignature = 0 }, "x/data/0: expected its header at byte"),
      (storage { $0.localName = "x/data/1" }, "x/data/0: expected its name before its bytes, found x/data/1"),
      (storage { $0.offset = .max - 1 }, "x/data/0: expected it before the directory at byte"),
      (storage { $0.offset = 1 }, "x/data/0: expected its header at byte 1"),
      (storage { $0.offset = .max }, "x/data/0: expected a zip64 field"),
      (
        storage {
          $0.offset = .max; $0.extra = [1, 0, 4, 0, 0, 0, 0, 0]
        }, "x/data/0: expected a zip64 field"
      ),
      (
        storage {
          $0.offset = .max; $0.extra = [1, 0, 8, 0, 0]
        }, "x/data/0: expected a zip64 field"
      ),
      (
        storage {
          $0.offset = .max; $0.extra = [1, 0, 8, 0] + [UInt8](repeating: 255, count: 8)
        }, "bytes, stored as 8, at byte 18446744073709551615"
      ),
      (storage { $0.size = 7 }, "found 7 bytes, stored as 8, at byte"),
      (
        storage {
          $0.size = 7; $0.storedSize = 7
        }, "a: expected 2 elements of 4 bytes in data/0, found 7 bytes"
      ),
      (
        storage {
          $0.size = 9_999; $0.storedSize = 9_999
        }, "x/data/0: expected its 9999 bytes before the directory"
      ),
      (storage { $0.bytes += [0, 0, 0, 0] }, "a: expected 2 elements of 4 bytes in data/0, found 12 bytes"),
    ]
    for (bytes, words) in cases {
      let error = #expect(throws: CheckpointError.self, "\(words)") { try Self.open(bytes) }
      #expect(
        error?.code == .malformed && error?.message.hasPrefix("x.bin: ") == true
          && error?.message.contains(words) == true,
        "\(error?.description ?? "no error"), not \(words)")
    }
  }
}
