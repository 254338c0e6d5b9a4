/// The last records of a zip archive, which say where its directory is.
///
/// Format: APPNOTE 4.3.14 to 4.3.16, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
struct ZipEnd {
  let entryCount: Int
  /// Where the directory lies in the file.
  let directory: Range<Int>

  /// Nil where the file does not end as an archive does.
  init?(_ file: MappedFile) throws(CheckpointError) {
    guard let position = Self.find(file) else { return nil }
    var cursor = FileCursor(file, position..<file.byteCount, "end of the archive")
    try cursor.skip(4, "signature")
    let disk: UInt32 = try cursor.integer("disks")
    let written: UInt16 = try cursor.integer("entries of this disk")
    let count: UInt16 = try cursor.integer("entries")
    let byteCount: UInt32 = try cursor.integer("size of the directory")
    let offset: UInt32 = try cursor.integer("offset of the directory")
    if let locator = try Self.wideRecord(file, before: position) {
      try self.init(file, wide: locator)
      return
    }
    try self.init(
      cursor, isWhole: disk == 0 && written == count, entryCount: UInt64(count), byteCount: UInt64(byteCount),
      offset: UInt64(offset), before: position)
  }

  /// The zip64 record, whose numbers are wide enough for every file.
  private init(_ file: MappedFile, wide record: Range<Int>) throws(CheckpointError) {
    var cursor = FileCursor(file, record, "zip64 end of the archive")
    guard try cursor.integer("signature") == Self.wideSignature else {
      throw cursor.malformed("expected the record where its locator places it, at byte \(record.lowerBound)")
    }
    try cursor.skip(12, "size and versions")
    let disks: UInt64 = try cursor.integer("disks")
    let written: UInt64 = try cursor.integer("entries of this disk")
    let count: UInt64 = try cursor.integer("entries")
    let byteCount: UInt64 = try cursor.integer("size of the directory")
    let offset: UInt64 = try cursor.integer("offset of the directory")
    try self.init(
      cursor, isWhole: disks == 0 && written == count, entryCount: count, byteCount: byteCount, offset: offset,
      before: record.lowerBound)
  }

  private init(
    _ cursor: FileCursor, isWhole: Bool, entryCount: UInt64, byteCount: UInt64, offset: UInt64, before end: Int
  ) throws(CheckpointError) {
    guard isWhole else { throw cursor.malformed("expected an archive in one piece, found one of several disks") }
    let bound = UInt64(end)
    guard offset <= bound, byteCount <= bound - offset else {
      throw cursor.malformed(
        "expected the directory before byte \(end), found \(byteCount) bytes of it at byte \(offset)")
    }
    guard entryCount <= TorchLimits.entryCount, entryCount <= byteCount / UInt64(ZipEntry.leastByteCount) else {
      throw cursor.malformed(
        "expected at most \(TorchLimits.entryCount) entries of at least \(ZipEntry.leastByteCount) bytes each in a "
          + "directory of \(byteCount) bytes, found \(entryCount)")
    }
    self.entryCount = Int(entryCount)
    directory = Int(offset)..<Int(offset + byteCount)
  }

  private static let signature: UInt32 = 0x0605_4b50
  private static let byteCount = 22
  private static let wideSignature: UInt32 = 0x0606_4b50
  private static let wideByteCount = 56
  private static let locatorSignature: UInt32 = 0x0706_4b50
  private static let locatorByteCount = 20

  /// The record is the last thing in the file but for a comment, whose length it ends with.
  private static func find(_ file: MappedFile) -> Int? {
    guard file.byteCount >= byteCount else { return nil }
    let last = file.byteCount - byteCount
    for position in stride(from: last, through: max(0, last - Int(UInt16.max)), by: -1)
    where file.integer(at: position) == signature {
      if Int(file.integer(at: position + byteCount - 2, as: UInt16.self)) == last - position { return position }
    }
    return nil
  }

  /// Where the zip64 record is, if there is one: its locator lies right before the end record.
  private static func wideRecord(_ file: MappedFile, before end: Int) throws(CheckpointError) -> Range<Int>? {
    guard end >= locatorByteCount, file.integer(at: end - locatorByteCount) == locatorSignature else { return nil }
    let locator = end - locatorByteCount
    var cursor = FileCursor(file, locator..<end, "zip64 locator")
    try cursor.skip(8, "signature and disk")
    let offset: UInt64 = try cursor.integer("offset")
    guard locator >= wideByteCount, offset <= UInt64(locator - wideByteCount) else {
      throw cursor.malformed(
        "expected its record of \(wideByteCount) bytes before byte \(locator), found it at \(offset)")
    }
    return Int(offset)..<locator
  }
}
