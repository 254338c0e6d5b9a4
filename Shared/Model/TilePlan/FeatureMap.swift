/// The features of all tiles of a picture, laid together as the tiles lie, and which of them are tokens.
public struct FeatureMap: Hashable, Sendable {
  /// Columns and rows of all features.
  public let columns: Int
  public let rows: Int
  /// The ones that show some of the picture. Very elongated pictures may have none at all.
  public let keptColumns: Range<Int>
  public let keptRows: Range<Int>

  /// Drops what shows nothing but the padding around a picture of `size` in the middle of `columns` x `rows` features
  /// (`unpad_image`; the operations and their order are the reference's, and so is their rounding).
  init(columns: Int, rows: Int, showing size: ImageSize, _ trimming: Tiling.Trimming) {
    self.columns = columns
    self.rows = rows
    let (width, height) = (Double(size.width), Double(size.height))
    let isWider = width / height > Double(columns) / Double(rows)
    let share = isWider ? height * (Double(columns) / width) : width * (Double(rows) / height)
    let whole = isWider ? rows : columns
    let kept = Self.kept(share, of: whole, trimming)
    keptColumns = isWider ? 0..<columns : kept
    keptRows = isWider ? kept : 0..<rows
  }

  /// The middle of `whole`: as much is dropped at both ends, so that one more than the share stays where it is odd.
  private static func kept(_ share: Double, of whole: Int, _ trimming: Tiling.Trimming) -> Range<Int> {
    let count =
      switch trimming {
      case .none: whole
      case .down: Int(share)
      case .downFromSevenDecimals: share.rounded(.up) - share < 0.5e-7 ? Int(share.rounded(.up)) : Int(share)
      }
    let dropped = max(0, whole - count) / 2
    return dropped..<whole - dropped
  }
}
