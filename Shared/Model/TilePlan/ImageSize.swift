/// The size of a picture in pixels.
public struct ImageSize: Hashable, Sendable, CustomStringConvertible {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// At most 2^62 for what a header can say (each side below 2^31), so it never overflows.
  public var pixelCount: Int { width * height }

  public var longSide: Int { max(width, height) }

  public var shortSide: Int { min(width, height) }

  public var description: String { "\(width)x\(height)" }
}
