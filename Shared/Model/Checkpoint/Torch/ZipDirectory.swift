/// Where the entries of a zip archive lie, of which torch writes the plainest kind: nothing is compressed.
///
/// Format: PKWARE's APPNOTE.TXT 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (its end, zip64).
struct ZipDirectory {
  /// By name, the bytes of each entry.
  let entries: [String: Range<Int>]

  private static let localSignature: UInt32 = 0x0403_4b50
  private static let centralSignature: UInt32 = 0x0201_4b50
  private static let endSignature: UInt32 = 0x0605_4b50
  private static let wideEndSignature: UInt32 = 0x0606_4b50
  private static let wideLocatorSignature: UInt32 = 0x0706_4b50

  private static let localByteCount = 30
  private static let centralByteCount = 46
  private static let endByteCount = 22
  private static let wideEndByteCount = 56
  private static let wideLocatorByteCount = 20

  init(_ file: MappedFile) throws(CheckpointError) {
    let directory = try Self.directory(of: file)
    var entries: [String: Range<Int>] = [:]
    var offset = directory.offset
    for _ in 0..<directory.count {
      let record = try Record(file, at: offset)
      let range = try Self.contents(of: record, in: file)
      guard entries.updateValue(range, forKey: record.name) == nil else {
        throw Self.malformed(file, "expected the entry \(record.name) once, found it twice")
      }
      offset = record.end
    }
    self.entries = entries
  }

  /// One entry as the central directory has it.
  private struct Record {
    let name: String
    let method: UInt16
    let isEncrypted: Bool
    let byteCount: UInt64
    let headerOffset: UInt64
    /// Where the next record begins.
    let end: Int

    init(_ file: MappedFile, at offset: Int) throws(CheckpointError) {
      try check(file, offset, centralByteCount, centralSignature, "an entry of the directory")
      let lengths = (0..<3).map { Int(file.integer(at: offset + 28 + 2 * $0, as: UInt16.self)) }
      let nameStart = offset + centralByteCount
      end = nameStart + lengths.reduce(0, +)
      guard end <= file.byteCount else { throw malformed(file, "an entry of the directory ends at byte \(end)") }
      name = String(decoding: file.bytes(nameStart..<nameStart + lengths[0]), as: UTF8.self)
      isEncrypted = file.integer(at: offset + 8, as: UInt16.self) & 1 == 1
      method = file.integer(at: offset + 10)
      var wide = Self.wideFields(file, nameStart + lengths[0]..<nameStart + lengths[0] + lengths[1])[...]
      // Each number that is all ones stands, in this order, among the wide ones.
      func number(at place: Int) -> UInt64? {
        let narrow: UInt32 = file.integer(at: offset + place)
        return narrow == .max ? wide.popFirst() : UInt64(narrow)
      }
      guard let size = number(at: 24), let stored = number(at: 20), let header = number(at: 42) else {
        throw malformed(file, "\(name): expected its sizes in a zip64 field, found none")
      }
      guard size == stored || method != 0 else {
        throw malformed(file, "\(name): expected \(size) stored bytes, found \(stored)")
      }
      byteCount = size
      headerOffset = header
    }

    /// The numbers of the zip64 extra field, if there is one.
    private static func wideFields(_ file: MappedFile, _ extra: Range<Int>) -> [UInt64] {
      var offset = extra.lowerBound
      while offset + 4 <= extra.upperBound {
        let kind: UInt16 = file.integer(at: offset)
        let end = offset + 4 + Int(file.integer(at: offset + 2, as: UInt16.self))
        guard end <= extra.upperBound else { return [] }
        if kind == 1 { return stride(from: offset + 4, to: end - 7, by: 8).map { file.integer(at: $0) } }
        offset = end
      }
      return []
    }
  }

  private static func contents(of record: Record, in file: MappedFile) throws(CheckpointError) -> Range<Int> {
    guard record.method == 0, !record.isEncrypted else {
      throw malformed(
        file,
        "\(record.name): expected an entry that is stored as it is, found a "
          + (record.isEncrypted ? "locked" : "compressed") + " one: save it again with torch.save")
    }
    guard record.headerOffset <= UInt64(file.byteCount) else {
      throw malformed(file, "\(record.name): its header is at byte \(record.headerOffset) of \(file.byteCount)")
    }
    let header = Int(record.headerOffset)
    try check(file, header, localByteCount, localSignature, "the header of \(record.name)")
    let names =
      Int(file.integer(at: header + 26, as: UInt16.self)) + Int(file.integer(at: header + 28, as: UInt16.self))
    let start = header + localByteCount + names
    guard start <= file.byteCount, record.byteCount <= UInt64(file.byteCount - start) else {
      throw malformed(
        file, "\(record.name): expected \(record.byteCount) bytes at byte \(start), the file ends at \(file.byteCount)")
    }
    return start..<start + Int(record.byteCount)
  }

  /// Where the directory begins, and how many entries it has, from the record that ends the file.
  private static func directory(of file: MappedFile) throws(CheckpointError) -> (offset: Int, count: Int) {
    guard let end = endRecord(in: file) else {
      throw malformed(file, "expected the directory of a zip archive at the end, found none: is the file whole?")
    }
    var count = UInt64(file.integer(at: end + 10, as: UInt16.self))
    var offset = UInt64(file.integer(at: end + 16, as: UInt32.self))
    if count == 0xffff || offset == 0xffff_ffff {
      let locator = end - wideLocatorByteCount
      try check(file, locator, wideLocatorByteCount, wideLocatorSignature, "the place of the zip64 directory")
      let place: UInt64 = file.integer(at: locator + 8)
      guard place <= UInt64(file.byteCount) else { throw malformed(file, "the zip64 directory is at byte \(place)") }
      try check(file, Int(place), wideEndByteCount, wideEndSignature, "the zip64 directory")
      count = file.integer(at: Int(place) + 32)
      offset = file.integer(at: Int(place) + 48)
    }
    guard count <= UInt64(Limits.tensorCount), offset <= UInt64(file.byteCount) else {
      throw malformed(
        file,
        "expected a directory of at most \(Limits.tensorCount) entries within \(file.byteCount) bytes, found "
          + "\(count) at byte \(offset)")
    }
    return (Int(offset), Int(count))
  }

  /// The last place that can be the record: its comment reaches to the end of the file.
  private static func endRecord(in file: MappedFile) -> Int? {
    let last = file.byteCount - endByteCount
    return stride(from: last, through: max(0, last - 0xffff), by: -1).first { offset in
      file.integer(at: offset, as: UInt32.self) == endSignature
        && offset + endByteCount + Int(file.integer(at: offset + 20, as: UInt16.self)) == file.byteCount
    }
  }

  private static func check(
    _ file: MappedFile, _ offset: Int, _ byteCount: Int, _ signature: UInt32, _ what: String
  ) throws(CheckpointError) {
    guard offset >= 0, offset + byteCount <= file.byteCount else {
      throw malformed(
        file, "\(what): expected \(byteCount) bytes at byte \(offset), the file ends at \(file.byteCount)")
    }
    let found: UInt32 = file.integer(at: offset)
    guard found == signature else {
      throw malformed(
        file,
        "\(what): expected the mark \(String(signature, radix: 16)) at byte \(offset), found "
          + String(found, radix: 16))
    }
  }

  private static func malformed(_ file: MappedFile, _ reason: String) -> CheckpointError {
    CheckpointError(code: .malformed, message: "\(file.path): \(reason)")
  }
}
