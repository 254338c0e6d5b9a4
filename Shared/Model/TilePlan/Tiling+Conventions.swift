extension Tiling {
  /// LLaVA-1.5-HD as the paper describes it (arXiv 2310.03744, 3.4 and A.1), for a tower of 224 pixels: up to six tiles,
  /// features of padding dropped, each row ended, the whole picture in a padded square.
  ///
  /// Neither code nor weights were published. What the paper leaves open is here as LLaVA-1.6 has it: how the grid is
  /// chosen, how the features of padding are counted, and that the whole comes first. The margin is LLaVA-1.5's colour.
  public static let paper = Tiling(
    grids: (1...6).flatMap { rows in (1...6 / rows).map { TileGrid(columns: $0, rows: rows) } },
    overview: .padded, margin: .mean, trimming: .down)

  /// `anyres` with `spatial_unpad`, as LLaVA-1.6 was published: `grids` are its `image_grid_pinpoints`, read as widths and
  /// heights.
  public static func original(grids: [TileGrid] = published) -> Tiling { Tiling(grids: grids, trimming: .down) }

  /// The same as transformers' `LlavaNext…` has it, which reads `image_grid_pinpoints` as heights and widths, so that of two
  /// equally good grids it takes the other, and which drops a row of features less where a product of floats ends just
  /// below a whole number.
  public static func transformers(grids: [TileGrid] = published.map(\.turned)) -> Tiling {
    Tiling(grids: grids, trimming: .downFromSevenDecimals)
  }

  /// Every picture in a padded square, which is split by one of `grids`; nothing is dropped.
  public static func squared(grids: [TileGrid]) -> Tiling {
    Tiling(grids: grids, frame: .square, overview: .padded, margin: .mean, trimming: .none)
  }

  /// For weights that never saw a picture in parts, LLaVA-1.5's: the whole is what they know, the tiles are as LLaVA-1.6 has
  /// them, and no vector ends a row, since there is none. Whatever comes out is nobody's trained behaviour.
  public static let untrained = Tiling(
    grids: published, overview: .padded, margin: .mean, trimming: .down, endsRows: false)

  /// `image_grid_pinpoints` of the published LLaVA-1.6, as widths and heights in tiles of 336 pixels.
  public static let published = [(1, 2), (2, 1), (2, 2), (3, 1), (1, 3)].map { TileGrid(columns: $0.0, rows: $0.1) }
}
