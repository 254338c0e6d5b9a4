extension TilePlan {
  /// One square picture for the vision tower, described as three steps: lay `canvas` over the source, resize it to
  /// `scaled`, and keep `window` of the result.
  public struct View: Hashable, Sendable {
    /// Place in the order of the plan, from 0.
    public let index: Int
    /// What is seen, in pixels of the source; what lies outside the source is padding.
    public let canvas: ImageRegion
    /// The size that `canvas` is resized to.
    public let scaled: ImageSize
    /// What is kept, in pixels of the resized canvas: always `viewSide` wide and high.
    public let window: ImageRegion
  }
}

extension TilePlan.View {
  /// The source in the middle of a square as large as its long side (`expand2square` in LLaVA's `mm_utils.py`).
  static func padded(_ source: ImageSize, side: Int) -> Self {
    let square = source.longSide
    let view = ImageSize(width: side, height: side)
    return Self(
      index: 0,
      canvas: ImageRegion(
        x: -((square - source.width) / 2), y: -((square - source.height) / 2),
        size: ImageSize(width: square, height: square)),
      scaled: view,
      window: ImageRegion(x: 0, y: 0, size: view))
  }

  /// The middle of the source, as high and wide as its short side (`CLIPImageProcessor`: resize, then center crop).
  static func cropped(_ source: ImageSize, side: Int) -> Self {
    let scaled = ImageSize(
      width: side * source.width / source.shortSide, height: side * source.height / source.shortSide)
    return Self(
      index: 0,
      canvas: ImageRegion(x: 0, y: 0, size: source),
      scaled: scaled,
      window: ImageRegion(
        x: (scaled.width - side) / 2, y: (scaled.height - side) / 2, size: ImageSize(width: side, height: side)))
  }
}
