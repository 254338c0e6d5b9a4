/// One view of a picture, ready for the vision tower but for the normalisation.
public struct ViewPixels: Hashable, Sendable {
  /// Place in the order of the plan, from 0.
  public let index: Int
  /// Width and height in pixels.
  public let side: Int
  /// `[side, side, 3]`, 8-bit RGB.
  public let pixels: [UInt8]

  /// - Precondition: `pixels` has exactly `side * side * 3` values.
  public init(index: Int, side: Int, pixels: [UInt8]) {
    precondition(
      pixels.count == side * side * 3,
      "a view of \(side)x\(side): expected \(side * side * 3) values, found \(pixels.count)")
    self.index = index
    self.side = side
    self.pixels = pixels
  }
}
