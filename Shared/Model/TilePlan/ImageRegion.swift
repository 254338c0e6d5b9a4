/// A rectangle of pixels. Its corner may lie left of or above the picture, and it may reach beyond it: what is
/// outside is padding.
public struct ImageRegion: Hashable, Sendable {
  /// The leftmost column.
  public var x: Int
  /// The topmost row.
  public var y: Int
  public var size: ImageSize

  public init(x: Int, y: Int, size: ImageSize) {
    self.x = x
    self.y = y
    self.size = size
  }

  public var columns: Range<Int> { x..<(x + size.width) }

  public var rows: Range<Int> { y..<(y + size.height) }
}
