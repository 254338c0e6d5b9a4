extension TilePlan {
  /// One square picture for the vision tower, described as three steps: lay `canvas` over the source, resize it to
  /// `scaled`, and keep `window` of the result.
  public struct View: Hashable, Sendable {
    /// What of the picture a view is.
    public enum Part: Hashable, Sendable {
      /// All of it.
      case whole
      case tile(column: Int, row: Int)
    }

    /// Place in the order of the plan, from 0.
    public let index: Int
    public let part: Part
    /// What is seen, in pixels of the source; what lies outside the source is padding of the mean colour.
    public let canvas: ImageRegion
    /// The size that `canvas` is resized to.
    public let scaled: ImageSize
    /// What is kept, in pixels of the resized canvas: always `viewSide` wide and high. It may reach beyond.
    public let window: ImageRegion
    /// What the window shows beyond the resized canvas.
    public let margin: PaddingColour
  }
}

extension TilePlan.View {
  /// The source in the middle of a square as large as its long side (`expand2square` in LLaVA's `mm_utils.py`).
  static func padded(_ source: ImageSize, side: Int) -> Self { whole(.square(around: source), side: side) }

  /// The source with its width and its height each resized to the view's.
  static func stretched(_ source: ImageSize, side: Int) -> Self {
    whole(ImageRegion(x: 0, y: 0, size: source), side: side)
  }

  /// The middle of the source, as high and wide as its short side (`CLIPImageProcessor`: resize, then center crop).
  static func cropped(_ source: ImageSize, side: Int) -> Self {
    let scaled = ImageSize(
      width: side * source.width / source.shortSide, height: side * source.height / source.shortSide)
    return Self(
      index: 0, part: .whole,
      canvas: ImageRegion(x: 0, y: 0, size: source),
      scaled: scaled,
      window: ImageRegion(
        x: (scaled.width - side) / 2, y: (scaled.height - side) / 2, size: ImageSize(width: side, height: side)),
      margin: .mean)
  }

  /// The tiles of `grid`, row by row, with `canvas` in their middle, as large as it can be there
  /// (`resize_and_pad_image` and `divide_to_patches` in LLaVA's `mm_utils.py`).
  static func tiles(_ grid: TileGrid, of canvas: ImageRegion, side: Int, margin: PaddingColour) -> [Self] {
    let target = grid.size(of: side)
    let scaled = canvas.size.fitted(into: target)
    let (left, top) = ((target.width - scaled.width) / 2, (target.height - scaled.height) / 2)
    return (0..<grid.tileCount).map { tile in
      let (column, row) = (tile % grid.columns, tile / grid.columns)
      return Self(
        index: tile + 1, part: .tile(column: column, row: row), canvas: canvas, scaled: scaled,
        window: ImageRegion(
          x: column * side - left, y: row * side - top, size: ImageSize(width: side, height: side)),
        margin: margin)
    }
  }

  private static func whole(_ canvas: ImageRegion, side: Int) -> Self {
    let view = ImageSize(width: side, height: side)
    return Self(
      index: 0, part: .whole, canvas: canvas, scaled: view, window: ImageRegion(x: 0, y: 0, size: view), margin: .mean)
  }
}

extension ImageRegion {
  /// The square as large as the long side, with the source in its middle.
  static func square(around source: ImageSize) -> Self {
    let side = source.longSide
    return Self(
      x: -((side - source.width) / 2), y: -((side - source.height) / 2), size: ImageSize(width: side, height: side))
  }
}

extension ImageSize {
  /// Resized so that the tighter side is the target's and the other keeps the ratio, rounded up.
  fileprivate func fitted(into target: ImageSize) -> ImageSize {
    let (across, down) = (Double(target.width) / Double(width), Double(target.height) / Double(height))
    return across < down
      ? ImageSize(width: target.width, height: min(Int((Double(height) * across).rounded(.up)), target.height))
      : ImageSize(width: min(Int((Double(width) * down).rounded(.up)), target.width), height: target.height)
  }
}
