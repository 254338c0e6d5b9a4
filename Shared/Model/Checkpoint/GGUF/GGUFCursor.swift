/// Reads the header of a GGUF file from its beginning: a length is compared with what is left before anything is made
/// of it, and what is missing is an error that says where.
struct GGUFCursor {
  private let file: MappedFile
  private let end: Int
  private(set) var offset = 0
  /// What is being read, for errors: a key, a tensor.
  var place = "header"

  init(_ file: MappedFile) {
    self.file = file
    end = min(file.byteCount, GGUFLimits.headerByteCount)
  }

  /// Bytes that have not been read.
  var byteCount: Int { end - offset }

  mutating func integer<Integer: FixedWidthInteger>(
    _ what: StaticString, as type: Integer.Type = Integer.self
  ) throws(CheckpointError) -> Integer {
    let range = try take(UInt64(Integer.bitWidth / 8), what)
    return file.integer(at: range.lowerBound)
  }

  /// A number of things that follow, each of which takes `each` bytes at least.
  mutating func count(_ what: StaticString, atMost limit: Int, each: Int) throws(CheckpointError) -> Int {
    let count: UInt64 = try integer(what)
    guard count <= limit else { throw malformed("expected at most \(limit) as \(what), found \(count)") }
    guard Int(count) <= byteCount / each else {
      throw malformed("\(what) is \(count), which takes \(each) bytes each, found \(byteCount) bytes")
    }
    return Int(count)
  }

  /// Length and bytes.
  mutating func string(
    _ what: StaticString, atMost limit: Int = GGUFLimits.headerByteCount
  ) throws(CheckpointError) -> [UInt8] {
    let count: UInt64 = try integer(what)
    guard count <= limit else { throw malformed("\(what): expected at most \(limit) bytes, found \(count)") }
    return file.bytes(try take(count, what))
  }

  /// A string that names something, and has to be text.
  mutating func name(_ what: StaticString, atMost limit: Int) throws(CheckpointError) -> String {
    let bytes = try string(what, atMost: limit)
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw malformed("\(what): expected UTF-8, found \(String(decoding: bytes, as: UTF8.self))")
    }
    return name
  }

  func malformed(_ reason: String) -> CheckpointError {
    CheckpointError(code: .malformed, message: "\(file.path): \(place): \(reason)")
  }

  private mutating func take(_ count: UInt64, _ what: StaticString) throws(CheckpointError) -> Range<Int> {
    guard count <= UInt64(byteCount) else {
      let bound = end < file.byteCount ? "the bound of \(end) bytes of header" : "the file ends"
      throw malformed("\(what): expected \(count) bytes at byte \(offset), found \(byteCount) before \(bound)")
    }
    defer { offset += Int(count) }
    return offset..<offset + Int(count)
  }
}
