import CImageCodecs

extension RGBImage {
  /// The picture as a PNG file; nil where there is no memory for it.
  public var png: [UInt8]? {
    var byteCount = 0
    guard llava_encode_png(nil, &byteCount, pixels, size.width, size.height) else { return nil }
    var file = [UInt8](repeating: 0, count: byteCount)
    guard llava_encode_png(&file, &byteCount, pixels, size.width, size.height) else { return nil }
    return Array(file.prefix(byteCount))
  }
}
