extension ImageHeader {
  /// Reads the first chunk of the container: a lossy picture (RFC 6386, 9.1), a lossless one (RFC 9649, 3.4), or the
  /// canvas of the extended format (RFC 9649, 2.7).
  static func sizeOfWebP(_ reader: ByteReader) throws(ImageError) -> ImageSize {
    let payload = 20
    switch try reader.name(12) {
    case "VP8 ":
      let frame = try reader.littleEndian(payload, byteCount: 3)
      let start = try reader.littleEndian(payload + 3, byteCount: 3)
      guard frame & 1 == 0, start == 0x2A_019D else {
        throw ImageError(.corruptHeader, "the WebP is corrupt: expected a VP8 key frame at byte \(payload)")
      }
      return ImageSize(
        width: try reader.littleEndian(payload + 6, byteCount: 2) & 0x3FFF,
        height: try reader.littleEndian(payload + 8, byteCount: 2) & 0x3FFF)
    case "VP8L":
      let signature = try reader.byte(payload)
      guard signature == 0x2F else {
        throw ImageError(
          .corruptHeader, "the WebP is corrupt: expected 2f at byte \(payload), found \(String(signature, radix: 16))")
      }
      let sides = try reader.littleEndian(payload + 1, byteCount: 4)
      return ImageSize(width: (sides & 0x3FFF) + 1, height: (sides >> 14 & 0x3FFF) + 1)
    case "VP8X":
      return ImageSize(
        width: try reader.littleEndian(payload + 4, byteCount: 3) + 1,
        height: try reader.littleEndian(payload + 7, byteCount: 3) + 1)
    case let name:
      throw ImageError(.corruptHeader, "the WebP is corrupt: expected VP8, VP8L or VP8X first, found \(name)")
    }
  }
}
