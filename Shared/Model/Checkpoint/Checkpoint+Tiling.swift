public import TilePlan

extension Checkpoint {
  /// The canonical name of `rowEnd`, which is most files'.
  public static let rowEndName = "image_newline"

  /// How pictures are split, as the weights were trained; nil for a model that never saw a picture in parts.
  public var tiling: Tiling? { description.tiling }

  /// The same as transformers has it, which reads the grids as heights and widths.
  public var transformersTiling: Tiling? { description.transformersTiling }

  /// The vector that ends each row of a split picture's features, as wide as a projected feature; nil for a model that
  /// never saw a picture in parts.
  public var rowEnd: [Float]? {
    get throws(CheckpointError) {
      guard configuration.grids != nil else { return nil }
      return try root.vector(Self.rowEndName, count: configuration.language.hiddenSize)
    }
  }

  /// What the files say besides the weights.
  public var description: ModelDescription { ModelDescription(name: name, configuration, preprocessing) }
}
