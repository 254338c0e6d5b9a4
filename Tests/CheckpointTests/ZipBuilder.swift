import Testing

@testable import Checkpoint

/// Writes zip archives as torch does, wrong ones too: every field can be what the format wants or something else.
struct ZipBuilder {
  struct Entry {
    var name: String
    var bytes: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0x0808
    /// What the directory says, where that is not so.
    var size: UInt32?
    var storedSize: UInt32?
    var offset: UInt32?
    /// In the directory.
    var extra: [UInt8] = []
    var localName: String?
    var localSignature: UInt32 = 0x0403_4b50
    var signature: UInt32 = 0x0201_4b50
    /// The directory has the numbers in the zip64 field.
    var isWide = false
  }

  var entries: [Entry] = []
  /// There is a zip64 record and its locator, as torch always has them.
  var isWide = true
  var comment: [UInt8] = []
  // What the last records say, where that is not so.
  var entryCount: UInt64?
  var directoryByteCount: UInt64?
  var directoryOffset: UInt64?
  var disk: UInt32 = 0
  var wideOffset: UInt64?
  var wideSignature: UInt32 = 0x0606_4b50

  mutating func add(_ name: String, _ bytes: [UInt8]) { entries.append(Entry(name: name, bytes: bytes)) }

  private func bytes(_ value: some FixedWidthInteger) -> [UInt8] { SafetensorsWriter.littleEndian(value) }

  private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  var file: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      directory += description(entry, offset: file.count)
      let name = Array((entry.localName ?? entry.name).utf8)
      // Padded, as torch pads to a multiple of 64.
      let padding = (64 - (file.count + 30 + name.count + 4) % 64) % 64
      file += bytes(entry.localSignature) + zeros(2) + bytes(entry.flags) + bytes(entry.method) + zeros(16)
      file += bytes(UInt16(name.count)) + bytes(UInt16(padding + 4)) + name
      file += Array("FB".utf8) + bytes(UInt16(padding)) + zeros(padding) + entry.bytes
    }
    let offset = directoryOffset ?? UInt64(file.count)
    file += directory
    return file + end(directoryByteCount ?? UInt64(directory.count), offset: offset, at: UInt64(file.count))
  }

  private func description(_ entry: Entry, offset: Int) -> [UInt8] {
    let name = Array(entry.name.utf8)
    let size = UInt64(entry.bytes.count)
    var extra = entry.extra
    if entry.isWide {
      extra += bytes(UInt16(1)) + bytes(UInt16(24)) + bytes(size) + bytes(size) + bytes(UInt64(offset))
    }
    func number(_ written: UInt32?, _ value: UInt64) -> [UInt8] {
      bytes(entry.isWide ? .max : written ?? UInt32(value))
    }
    var result = bytes(entry.signature) + zeros(4) + bytes(entry.flags) + bytes(entry.method) + zeros(8)
    result += number(entry.storedSize, size) + number(entry.size, size)
    result += bytes(UInt16(name.count)) + bytes(UInt16(extra.count)) + zeros(10)
    return result + number(entry.offset, UInt64(offset)) + name + extra
  }

  private func end(_ byteCount: UInt64, offset: UInt64, at position: UInt64) -> [UInt8] {
    let count = entryCount ?? UInt64(entries.count)
    var end: [UInt8] = []
    if isWide {
      end += bytes(wideSignature) + bytes(UInt64(44)) + zeros(4) + bytes(disk) + bytes(disk)
      end += bytes(count) + bytes(count) + bytes(byteCount) + bytes(offset)
      end += bytes(UInt32(0x0706_4b50)) + zeros(4) + bytes(wideOffset ?? position) + bytes(UInt32(1))
    }
    let narrow = UInt16(truncatingIfNeeded: count)
    end +=
      bytes(UInt32(0x0605_4b50)) + bytes(UInt16(truncatingIfNeeded: disk)) + zeros(2) + bytes(narrow) + bytes(narrow)
    end += bytes(UInt32(truncatingIfNeeded: byteCount)) + bytes(UInt32(truncatingIfNeeded: offset))
    return end + bytes(UInt16(comment.count)) + comment
  }
}

extension ZipBuilder {
  /// What torch writes around `pickle`, with a storage "0" of `storage`.
  init(pickle: [UInt8], storage: [UInt8] = [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]) {
    add("x/data.pkl", pickle)
    add("x/byteorder", Array("little".utf8))
    add("x/data/0", storage)
    add("x/version", Array("3\n".utf8))
  }

  /// Every file of an archive that torch wrote.
  init(_ file: MappedFile) throws {
    let end = try #require(try ZipEnd(file))
    var cursor = FileCursor(file, end.directory, "directory")
    for _ in 0..<end.entryCount {
      let entry = try ZipEntry(&cursor)
      add(entry.name, file.bytes(try entry.range(in: file, before: end.directory.lowerBound)))
    }
  }
}
