/// 8-bit pixels to what the tower was trained on: `(p / 255 - mean) / std` for each channel, in fp32.
///
/// There are only 3 x 256 different results, so they are computed once. Dividing in fp32 gives, bit for bit, what the
/// original's `p * (1 / 255)` in fp64 gives after rounding.
public struct Normalization: Hashable, Sendable {
  /// `[3, 256]`: the value of each 8-bit number, channel by channel.
  public let table: [Float]

  /// `mean` and `std` of red, green and blue, in fractions of 255 (`image_mean` and `image_std` of a checkpoint's
  /// preprocessor configuration).
  ///
  /// - Precondition: there are three of each.
  public init(mean: [Double], std: [Double]) {
    precondition(mean.count == 3 && std.count == 3, "expected 3 means and 3 deviations, found \(mean) and \(std)")
    table = zip(mean, std).flatMap { mean, std in
      (0..<256).map { (Float($0) / 255 - Float(mean)) / Float(std) }
    }
  }

  /// From `[pixels, 3]` to `[3, pixels]`.
  public func callAsFunction(_ pixels: [UInt8]) -> [Float] {
    let count = pixels.count / 3
    var planes = [Float](repeating: 0, count: count * 3)
    for channel in 0..<3 {
      for pixel in 0..<count {
        planes[channel * count + pixel] = table[channel << 8 | Int(pixels[pixel * 3 + channel])]
      }
    }
    return planes
  }
}
