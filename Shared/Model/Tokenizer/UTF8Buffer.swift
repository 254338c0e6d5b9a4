/// Bytes that become text as soon as no further byte can change what they say.
///
/// What comes out piece by piece is what decoding all bytes at once would give, U+FFFD for invalid ones included.
struct UTF8Buffer: Sendable {
  private var bytes: [UInt8] = []

  mutating func append(_ more: [UInt8]) { bytes += more }

  /// The text up to a character that is not complete yet.
  mutating func takeComplete() -> String {
    let count = bytes.count - Self.openByteCount(bytes.suffix(3))
    defer { bytes.removeFirst(count) }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  /// The rest, when no more bytes will come.
  mutating func takeAll() -> String {
    defer { bytes = [] }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// How many bytes at the end begin a character that may need more of them. Some of them already cannot become one
  /// (a surrogate's, say); they wait for one byte more, and come out the same.
  private static func openByteCount(_ end: ArraySlice<UInt8>) -> Int {
    guard let lead = end.lastIndex(where: { $0 & 0xc0 != 0x80 }) else { return 0 }
    let length =
      switch end[lead] {
      case 0xc2...0xdf: 2
      case 0xe0...0xef: 3
      case 0xf0...0xf4: 4
      default: 1
      }
    let count = end.endIndex - lead
    return count < length ? count : 0
  }
}
