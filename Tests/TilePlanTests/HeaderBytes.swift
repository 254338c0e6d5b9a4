/// Beginnings of picture files, written by hand.
enum HeaderBytes {
  static func png(width: UInt32, height: UInt32) -> [UInt8] {
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)
      + bigEndian(width, 4) + bigEndian(height, 4) + [8, 2, 0, 0, 0]
  }

  static func jpeg(width: UInt32, height: UInt32, frame: UInt8 = 0xC0, before segments: [UInt8] = []) -> [UInt8] {
    [0xFF, 0xD8] + segments + [0xFF, frame] + bigEndian(17, 2) + [8] + bigEndian(height, 2) + bigEndian(width, 2)
      + [3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]
  }

  /// A metadata segment with this many bytes of content.
  static func segment(_ marker: UInt8, count: Int) -> [UInt8] {
    [0xFF, marker] + bigEndian(UInt32(count + 2), 2) + [UInt8](repeating: 0xC0, count: count)
  }

  static func webp(_ chunk: String, _ payload: [UInt8]) -> [UInt8] {
    Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBP".utf8) + Array(chunk.utf8) + [UInt8(payload.count), 0, 0, 0]
      + payload
  }

  private static func bigEndian(_ value: UInt32, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
