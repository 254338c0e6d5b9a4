/// Reads numbers from the beginning of a file, and says so where the file ends too early.
struct ByteReader {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count }

  /// Whether `expected` stands at `offset`; false where the bytes end before it does.
  func begins(with expected: [UInt8], at offset: Int = 0) -> Bool {
    bytes.count >= offset + expected.count && bytes[offset..<(offset + expected.count)].elementsEqual(expected)
  }

  /// Whether all the bytes are the first ones of `longer`.
  func isBeginning(of longer: [UInt8]) -> Bool { longer.starts(with: bytes) }

  func byte(_ offset: Int) throws(ImageError) -> Int {
    guard offset < bytes.count else {
      throw ImageError(
        .truncatedHeader,
        "the image's header is cut short: expected more than \(offset) bytes, found \(bytes.count)")
    }
    return Int(bytes[offset])
  }

  func bigEndian(_ offset: Int, byteCount: Int) throws(ImageError) -> Int {
    var value = 0
    for index in 0..<byteCount { value = value << 8 | (try byte(offset + index)) }
    return value
  }

  func littleEndian(_ offset: Int, byteCount: Int) throws(ImageError) -> Int {
    var value = 0
    for index in 0..<byteCount { value |= try byte(offset + index) << (8 * index) }
    return value
  }

  /// Four bytes as text, for file formats that name their parts so.
  func name(_ offset: Int) throws(ImageError) -> String {
    var name: [UInt8] = []
    for index in 0..<4 { name.append(UInt8(try byte(offset + index))) }
    return String(decoding: name, as: UTF8.self)
  }

  /// The first bytes in hexadecimal, for an error's message.
  var beginning: String {
    bytes.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
