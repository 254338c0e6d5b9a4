/// The largest picture that is accepted. Checked on the header, before memory is spent on pixels.
public struct ImageLimits: Hashable, Sendable {
  /// Bytes of the file. 64 MiB: a file travels in frames of at most 2 MiB and is held whole while it is decoded.
  public var byteCount: Int
  /// Pixels. 178,956,970, where Pillow too refuses (twice its `MAX_IMAGE_PIXELS`): 512 MiB of RGB.
  public var pixelCount: Int
  /// Long side over short side. The crop policy resizes the short side to the view, so that the long side grows with
  /// this; and beyond 200:1 a padded view of 336 has less than two rows of picture in it, and a cropped one shows less
  /// than a half percent: the answer would be about an image that was not seen.
  public var aspect: Int

  public init(byteCount: Int = 64 << 20, pixelCount: Int = 178_956_970, aspect: Int = 200) {
    self.byteCount = byteCount
    self.pixelCount = pixelCount
    self.aspect = aspect
  }

  /// Refuses a file of `fileByteCount` bytes with this header where it is over a limit.
  public func check(_ header: ImageHeader, byteCount fileByteCount: Int) throws(ImageError) {
    try check(byteCount: fileByteCount)
    let size = header.size
    guard size.pixelCount <= pixelCount else {
      throw ImageError(
        .tooManyPixels(found: size.pixelCount, allowed: pixelCount),
        "the image is too large: \(size) is \(size.pixelCount) pixels, allowed are \(pixelCount)")
    }
    let (longest, overflow) = size.shortSide.multipliedReportingOverflow(by: aspect)
    guard overflow || size.longSide <= longest else {
      throw ImageError(
        .tooElongated(found: size, allowed: aspect),
        "the image is too elongated: \(size), allowed is a long side of \(aspect) times the short side")
    }
  }

  /// Refuses a file by its length alone, for whoever has not read its header yet.
  public func check(byteCount fileByteCount: Int) throws(ImageError) {
    guard fileByteCount <= byteCount else {
      throw ImageError(
        .tooManyBytes(found: fileByteCount, allowed: byteCount),
        "the image file is too large: found \(fileByteCount) bytes, allowed are \(byteCount)")
    }
  }
}
