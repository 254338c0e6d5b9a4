/// One file in a zip archive, as the archive's directory describes it.
///
/// Its CRC is not compared: that would read the whole file before the first answer, and torch can be told to leave it
/// out (`torch.serialization.set_crc32_options`).
struct ZipEntry {
  let name: String
  private let method: UInt16
  private let isEncrypted: Bool
  private let byteCount: UInt64
  private let storedByteCount: UInt64
  /// Where its own header lies, which its bytes follow.
  private let offset: UInt64

  /// Bytes of a description in the directory, and of a header before the bytes, without their names.
  static let leastByteCount = 46
  private static let localByteCount = 30

  private static let signature: UInt32 = 0x0201_4b50
  private static let localSignature: UInt32 = 0x0403_4b50
  private static let encryptionFlag: UInt16 = 1
  /// What stands in place of a number that is written in the zip64 field.
  private static let inWideField: UInt64 = 0xffff_ffff

  /// Reads the next description.
  init(_ cursor: inout FileCursor) throws(CheckpointError) {
    guard try cursor.integer("signature") == Self.signature else {
      throw cursor.malformed("expected an entry at byte \(cursor.offset - 4), found something else")
    }
    try cursor.skip(4, "versions")
    let flags: UInt16 = try cursor.integer("flags")
    method = try cursor.integer("compression")
    try cursor.skip(8, "time and CRC")
    let stored = UInt64(try cursor.integer("stored size", as: UInt32.self))
    let size = UInt64(try cursor.integer("size", as: UInt32.self))
    let nameCount = Int(try cursor.integer("length of the name", as: UInt16.self))
    let extraCount = Int(try cursor.integer("length of the extra field", as: UInt16.self))
    let commentCount = Int(try cursor.integer("length of the comment", as: UInt16.self))
    try cursor.skip(8, "disk and attributes")
    let offset = UInt64(try cursor.integer("offset", as: UInt32.self))
    name = try cursor.text(nameCount, "name")
    let extra = try cursor.bytes(extraCount, "extra field")
    try cursor.skip(commentCount, "comment")
    isEncrypted = flags & Self.encryptionFlag != 0
    // The wide field has only those numbers that did not fit, in this order.
    let wide = try Self.wide([size, stored, offset], extra, cursor, name)
    (byteCount, storedByteCount, self.offset) = (wide[0], wide[1], wide[2])
  }

  private static func wide(
    _ numbers: [UInt64], _ extra: [UInt8], _ cursor: FileCursor, _ name: String
  ) throws(CheckpointError) -> [UInt64] {
    guard numbers.contains(inWideField) else { return numbers }
    var field = ArraySlice(extra)
    while field.count >= 4 {
      let kind = littleEndian(field.prefix(2))
      let body = field.dropFirst(4)
      let count = Int(littleEndian(field.dropFirst(2).prefix(2)))
      field = body.dropFirst(count)
      guard kind == 1, count <= body.count, count / 8 >= numbers.filter({ $0 == inWideField }).count else { continue }
      var next = body
      return numbers.map { number in
        guard number == inWideField else { return number }
        defer { next = next.dropFirst(8) }
        return littleEndian(next.prefix(8))
      }
    }
    throw cursor.malformed("\(name): expected a zip64 field with the numbers that take more than 32 bits, found none")
  }

  private static func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Where its bytes lie, which have to end before the directory at byte `end` begins. Throws `unsupportedFormat` where
  /// they are not stored as they are.
  func range(in file: MappedFile, before end: Int) throws(CheckpointError) -> Range<Int> {
    guard method == 0, !isEncrypted else {
      throw CheckpointError(
        code: .unsupportedFormat,
        message: "\(file.path): \(name): expected it stored as it is, found it "
          + (isEncrypted ? "encrypted" : "compressed (method \(method))")
          + "; load the file with torch.load and save it again with torch.save, which compresses nothing")
    }
    guard byteCount == storedByteCount, offset < UInt64(end) else {
      throw CheckpointError(
        code: .malformed,
        message: "\(file.path): \(name): expected it before the directory at byte \(end), found \(byteCount) bytes, "
          + "stored as \(storedByteCount), at byte \(offset)")
    }
    // Its header says again what the directory does; the sizes may be absent there, its name may not.
    var cursor = FileCursor(file, Int(offset)..<end, name)
    guard try cursor.integer("signature") == Self.localSignature else {
      throw cursor.malformed("expected its header at byte \(offset), found something else")
    }
    try cursor.skip(Self.localByteCount - 4 - 4, "header")
    let nameCount = Int(try cursor.integer("length of the name", as: UInt16.self))
    let extraCount = Int(try cursor.integer("length of the extra field", as: UInt16.self))
    let found = try cursor.text(nameCount, "name")
    guard found == name else { throw cursor.malformed("expected its name before its bytes, found \(found)") }
    try cursor.skip(extraCount, "extra field")
    guard byteCount <= UInt64(cursor.byteCount) else {
      throw cursor.malformed("expected its \(byteCount) bytes before the directory, found \(cursor.byteCount)")
    }
    let start = Int(offset) + cursor.offset
    return start..<start + Int(byteCount)
  }
}
