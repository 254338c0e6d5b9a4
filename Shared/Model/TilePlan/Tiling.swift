/// How a model was trained to see a picture in parts.
///
/// The picture is fitted into a grid of tiles, each as large as the tower's view, and the tiles are encoded one by one.
/// Their features are laid together to one map, as if the tower had seen the whole grid at once. Before the map come the
/// features of the whole picture in a single view, for context.
public struct Tiling: Hashable, Sendable {
  /// What is fitted into the grid.
  public enum Frame: Hashable, Sendable {
    /// The picture as it is.
    case picture
    /// A square of the mean colour with the picture in its middle.
    case square
  }

  /// How the whole picture becomes the square view that comes first.
  public enum Overview: Hashable, Sendable {
    /// Its width and height each resized to the view's.
    case stretched
    /// In the middle of a square of the mean colour.
    case padded
  }

  /// Which features of the map are dropped because they show nothing but padding. The picture's own share of a side is
  /// seldom a whole number of features.
  public enum Trimming: Hashable, Sendable {
    case none
    /// The share is rounded down (`int(x)`): haotian-liu/LLaVA, `unpad_image`.
    case down
    /// The share is rounded to seven decimals and then down (`int(round(x, 7))`): transformers, `unpad_image`.
    case downFromSevenDecimals
  }

  /// The grids that a picture may be fitted into. Of two that are equally good for a picture the earlier is taken.
  public let grids: [TileGrid]
  public let frame: Frame
  public let overview: Overview
  /// What lies beside the picture in the grid, where their shapes differ.
  public let margin: PaddingColour
  public let trimming: Trimming
  /// Whether a learned vector follows each row of the map.
  public let endsRows: Bool

  public init(
    grids: [TileGrid], frame: Frame = .picture, overview: Overview = .stretched, margin: PaddingColour = .black,
    trimming: Trimming, endsRows: Bool = true
  ) {
    self.grids = grids
    self.frame = frame
    self.overview = overview
    self.margin = margin
    self.trimming = trimming
    self.endsRows = endsRows
  }

  /// The same with no grid of more than `tileCount` tiles.
  ///
  /// Where none is left a picture is its overview alone, with one row's end behind it: what LLaVA-1.6 makes of a picture
  /// that has one view (`prepare_inputs_labels_for_multimodal`).
  public func limited(to tileCount: Int) -> Self {
    Self(
      grids: grids.filter { $0.tileCount <= tileCount }, frame: frame, overview: overview, margin: margin,
      trimming: trimming, endsRows: endsRows)
  }
}
