/// Which views a picture is seen through, and in which order their tokens stand.
///
/// The plan is a function of the size, the policy and the model's own two numbers, and of nothing else: the gateway
/// counts tokens by it, a vision worker cuts by it, and a decoder lays out its prompt by it, without asking each other.
public struct TilePlan: Hashable, Sendable {
  public let source: ImageSize
  public let policy: ImagePolicy
  /// Width and height of every view, in pixels: `image_size` of the vision tower.
  public let viewSide: Int
  /// Width and height of a patch, in pixels: `patch_size` of the vision tower.
  public let patchSide: Int
  /// The whole picture first, then the tiles, row by row; never empty. They are encoded independently of each other.
  public let views: [View]
  /// Nil where the picture is not split.
  public let grid: TileGrid?
  /// What of the tiles' features becomes tokens; nil where the picture is not split.
  public let map: FeatureMap?

  /// - Precondition: every side is at least 1, and a view holds at least one patch.
  public init(of source: ImageSize, policy: ImagePolicy, viewSide: Int = 336, patchSide: Int = 14) {
    precondition(source.shortSide >= 1, "a picture has at least 1x1 pixels, found \(source)")
    precondition(patchSide >= 1 && viewSide >= patchSide, "a view of \(viewSide) holds no patch of \(patchSide)")
    self.source = source
    self.policy = policy
    self.viewSide = viewSide
    self.patchSide = patchSide
    guard case .tiles(let tiling) = policy else {
      views = [policy == .pad ? .padded(source, side: viewSide) : .cropped(source, side: viewSide)]
      (grid, map) = (nil, nil)
      return
    }
    let canvas = tiling.canvas(of: source)
    let overview: View =
      tiling.overview == .padded ? .padded(source, side: viewSide) : .stretched(source, side: viewSide)
    grid = tiling.grids.best(for: canvas.size, side: viewSide)
    let tiles = grid.map { View.tiles($0, of: canvas, side: viewSide, margin: tiling.margin) }
    views = [overview] + (tiles ?? [])
    let patches = viewSide / patchSide
    map = grid.map { grid in
      FeatureMap(
        columns: grid.columns * patches, rows: grid.rows * patches, showing: canvas.size, tiling.trimming)
    }
  }
}

extension Tiling {
  /// What is fitted into a grid, in pixels of the source.
  fileprivate func canvas(of source: ImageSize) -> ImageRegion {
    switch frame {
    case .picture: ImageRegion(x: 0, y: 0, size: source)
    case .square: .square(around: source)
    }
  }
}
