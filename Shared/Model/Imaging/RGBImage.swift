public import TilePlan

/// A picture in memory: 8 bits each of red, green and blue.
public struct RGBImage: Hashable, Sendable {
  public let size: ImageSize
  /// `[height, width, 3]`, without gaps.
  public let pixels: [UInt8]

  /// - Precondition: `pixels` has exactly `width * height * 3` values.
  public init(size: ImageSize, pixels: [UInt8]) {
    let expected = size.pixelCount * 3
    precondition(pixels.count == expected, "RGB of \(size): expected \(expected) values, found \(pixels.count)")
    self.size = size
    self.pixels = pixels
  }
}
