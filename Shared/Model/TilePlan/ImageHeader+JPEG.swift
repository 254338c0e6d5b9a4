extension ImageHeader {
  /// Walks the segments to the frame header (ITU T.81, B.2.2): marker, length, precision, height, width.
  ///
  /// Bytes that belong to no segment are skipped, as libjpeg does.
  static func sizeOfJPEG(_ reader: ByteReader) throws(ImageError) -> ImageSize {
    var offset = 2  // behind SOI
    while true {
      let marker = try nextMarker(reader, &offset)
      switch marker {
      case 0xC0, 0xC1, 0xC2, 0xC9, 0xCA:
        return ImageSize(
          width: try reader.bigEndian(offset + 5, byteCount: 2), height: try reader.bigEndian(offset + 3, byteCount: 2))
      case 0xC3, 0xC5...0xC7, 0xCB, 0xCD...0xCF:
        throw ImageError(
          .unsupportedFormat("lossless or hierarchical JPEG"),
          "lossless and hierarchical JPEG are not supported: found the frame marker \(String(marker, radix: 16))")
      case 0xD8, 0xD9, 0xDA:
        throw ImageError(
          .corruptHeader,
          "the JPEG is corrupt: expected a frame header at \(offset), found the marker \(String(marker, radix: 16))")
      case 0x01, 0xD0...0xD7:
        continue  // these stand alone, without a length
      default:
        let length = try reader.bigEndian(offset, byteCount: 2)
        guard length >= 2 else {
          throw ImageError(
            .corruptHeader, "the JPEG is corrupt: expected a segment of at least 2 bytes at \(offset), found \(length)")
        }
        offset += length
      }
    }
  }

  /// The next marker's second byte; `offset` moves behind it.
  private static func nextMarker(_ reader: ByteReader, _ offset: inout Int) throws(ImageError) -> Int {
    while true {
      while try reader.byte(offset) != 0xFF { offset += 1 }
      while try reader.byte(offset) == 0xFF { offset += 1 }
      let marker = try reader.byte(offset)
      offset += 1
      if marker != 0 { return marker }
    }
  }
}
