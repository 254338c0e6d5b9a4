public import TilePlan

extension Checkpoint {
  /// The vector's canonical name, which is most files'.
  static let rowEndName = "image_newline"

  /// How pictures are split, as the weights were trained; nil for a model that never saw a picture in parts.
  public var tiling: Tiling? { configuration.grids.map { splitsSquares ? .squared(grids: $0) : .original(grids: $0) } }

  /// The same as transformers has it, which reads the grids as heights and widths.
  public var transformersTiling: Tiling? {
    configuration.grids.map { grids in
      let turned = grids.map(\.turned)
      return splitsSquares ? .squared(grids: turned) : .transformers(grids: turned)
    }
  }

  /// The vector that ends each row of a split picture's features, as wide as a projected feature; nil for a model that
  /// never saw a picture in parts.
  public var rowEnd: [Float]? {
    get throws(CheckpointError) {
      guard configuration.grids != nil else { return nil }
      return try root.vector(Self.rowEndName, count: configuration.language.hiddenSize)
    }
  }

  /// Whether a padded square is what is split.
  private var splitsSquares: Bool { preprocessing.padsToSquare == true }
}
