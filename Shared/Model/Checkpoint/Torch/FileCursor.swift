/// Reads a stretch of a mapped file from its beginning: what is missing is an error that says where.
struct FileCursor {
  let file: MappedFile
  /// What the stretch is, for errors.
  let place: String
  private let start: Int
  private let end: Int
  /// Byte of the file that is read next.
  private var position: Int

  init(_ file: MappedFile, _ range: Range<Int>, _ place: String) {
    self.file = file
    self.place = place
    (start, position, end) = (range.lowerBound, range.lowerBound, range.upperBound)
  }

  /// Bytes that have been read.
  var offset: Int { position - start }
  /// Bytes that have not been read.
  var byteCount: Int { end - position }

  mutating func integer<Integer: FixedWidthInteger>(
    _ what: StaticString, as type: Integer.Type = Integer.self
  ) throws(CheckpointError) -> Integer {
    file.integer(at: try take(Integer.bitWidth / 8, what).lowerBound)
  }

  mutating func bytes(_ count: Int, _ what: StaticString) throws(CheckpointError) -> [UInt8] {
    file.bytes(try take(count, what))
  }

  /// `count` bytes, which have to be text.
  mutating func text(_ count: Int, _ what: StaticString) throws(CheckpointError) -> String {
    let bytes = try bytes(count, what)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw malformed("\(what): expected UTF-8, found \(String(decoding: bytes.prefix(64), as: UTF8.self))")
    }
    return text
  }

  mutating func skip(_ count: Int, _ what: StaticString) throws(CheckpointError) { _ = try take(count, what) }

  func malformed(_ reason: String) -> CheckpointError { error(.malformed, reason) }

  func error(_ code: CheckpointError.Code, _ reason: String) -> CheckpointError {
    CheckpointError(code: code, message: "\(file.path): \(place): \(reason)")
  }

  private mutating func take(_ count: Int, _ what: StaticString) throws(CheckpointError) -> Range<Int> {
    guard count <= byteCount else {
      throw malformed("\(what): expected \(count) bytes at byte \(offset), found \(byteCount) before it ends")
    }
    defer { position += count }
    return position..<position + count
  }
}
