/// What the first bytes of a picture file say: its format and its size. No pixel is read, nothing is allocated.
public struct ImageHeader: Hashable, Sendable {
  public let format: ImageFormat
  /// As the decoder will give it: for an animation its canvas; never turned by EXIF.
  public let size: ImageSize

  /// Reads the header from the beginning of a file, or from all of it.
  ///
  /// Never reads beyond `bytes`. Where they end before the size is known, the error is `.truncatedHeader`, and more of
  /// the file may help: a JPEG's size can stand behind any number of metadata segments.
  public init(_ bytes: [UInt8]) throws(ImageError) {
    let reader = ByteReader(bytes)
    switch ImageFormat.signature(of: reader) {
    case .supported(let format):
      self.format = format
      switch format {
      case .jpeg: size = try Self.sizeOfJPEG(reader)
      case .png: size = try Self.sizeOfPNG(reader)
      case .webp: size = try Self.sizeOfWebP(reader)
      }
    case .other(let name):
      throw ImageError(.unsupportedFormat(name), "\(name) is not supported: expected JPEG, PNG or WebP")
    case .incomplete:
      throw ImageError(.truncatedHeader, "the image's header is cut short: found \(bytes.count) bytes")
    case .unknown:
      let found = bytes.isEmpty ? "found no bytes" : "found \(reader.beginning)"
      throw ImageError(.notAnImage, "not an image: expected the beginning of a JPEG, PNG or WebP file, \(found)")
    }
    guard size.shortSide >= 1 else {
      throw ImageError(.corruptHeader, "the image's header is corrupt: expected at least 1x1 pixels, found \(size)")
    }
  }
}
