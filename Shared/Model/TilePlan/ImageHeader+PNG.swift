extension ImageHeader {
  /// Reads IHDR, which has to be the first chunk (PNG specification, 11.2.2).
  static func sizeOfPNG(_ reader: ByteReader) throws(ImageError) -> ImageSize {
    let length = try reader.bigEndian(8, byteCount: 4)
    let name = try reader.name(12)
    guard name == "IHDR", length == 13 else {
      throw ImageError(
        .corruptHeader, "the PNG is corrupt: expected an IHDR chunk of 13 bytes first, found \(name) of \(length)")
    }
    let size = ImageSize(
      width: try reader.bigEndian(16, byteCount: 4), height: try reader.bigEndian(20, byteCount: 4))
    guard size.longSide <= Int(Int32.max) else {
      throw ImageError(.corruptHeader, "the PNG is corrupt: expected sides below 2^31, found \(size)")
    }
    return size
  }
}
