import Imaging
import TilePlan

extension RGBImage {
  /// The picture that the golden values were made with: `(7x + 13y + 29c + (xy mod 251)) mod 256` at column x, row y,
  /// channel c.
  static func synthetic(_ size: ImageSize) -> RGBImage {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(size.pixelCount * 3)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let value = 7 * x + 13 * y + x * y % 251
        for channel in 0..<3 { pixels.append(UInt8(truncatingIfNeeded: value + 29 * channel)) }
      }
    }
    return RGBImage(size: size, pixels: pixels)
  }
}
