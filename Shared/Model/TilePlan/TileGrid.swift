/// How many tiles lie beside and below each other.
public struct TileGrid: Hashable, Sendable, CustomStringConvertible {
  public let columns: Int
  public let rows: Int

  /// - Precondition: at least one of each.
  public init(columns: Int, rows: Int) {
    precondition(columns >= 1 && rows >= 1, "a grid has at least 1x1 tiles, found \(columns)x\(rows)")
    self.columns = columns
    self.rows = rows
  }

  public var tileCount: Int { columns * rows }

  /// As many columns as this has rows, and the other way round.
  public var turned: Self { Self(columns: rows, rows: columns) }

  /// Pixels that its tiles of `side` cover.
  func size(of side: Int) -> ImageSize { ImageSize(width: columns * side, height: rows * side) }

  public var description: String { "\(columns)x\(rows)" }
}

extension [TileGrid] {
  /// The grid in which most of the picture's pixels survive; among those the one that wastes least; among those the first
  /// (`select_best_resolution`, haotian-liu/LLaVA `mm_utils.py` and transformers `image_processing_utils.py`).
  ///
  /// Nil where there is none.
  func best(for size: ImageSize, side: Int) -> TileGrid? {
    var best: (grid: TileGrid, effective: Int, wasted: Int)?
    for grid in self {
      let target = grid.size(of: side)
      let scale = Swift.min(Double(target.width) / Double(size.width), Double(target.height) / Double(size.height))
      let scaled = ImageSize(width: Int(Double(size.width) * scale), height: Int(Double(size.height) * scale))
      let effective = Swift.min(scaled.pixelCount, size.pixelCount)
      let wasted = target.pixelCount - effective
      if let best, (best.effective, -best.wasted) >= (effective, -wasted) { continue }
      best = (grid, effective, wasted)
    }
    return best?.grid
  }
}
