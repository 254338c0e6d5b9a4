public import TilePlan

/// What a model's files say besides its weights: how large it is, and how it sees.
public struct ModelDescription: Sendable, Equatable {
  public let name: String
  public let configuration: ModelConfiguration
  public let preprocessing: PreprocessingConfiguration
  /// How pictures are split, as the weights were trained; nil for a model that never saw a picture in parts.
  public let tiling: Tiling?
  /// The same as transformers has it, which reads the grids as heights and widths.
  public let transformersTiling: Tiling?

  init(name: String, _ configuration: ModelConfiguration, _ preprocessing: PreprocessingConfiguration) {
    self.name = name
    self.configuration = configuration
    self.preprocessing = preprocessing
    let splitsSquares = preprocessing.padsToSquare == true
    tiling = configuration.grids.map { splitsSquares ? .squared(grids: $0) : .original(grids: $0) }
    transformersTiling = configuration.grids.map { grids in
      let turned = grids.map(\.turned)
      return splitsSquares ? .squared(grids: turned) : .transformers(grids: turned)
    }
  }

  /// A model that is known without its files, split by `tiling` whoever runs it.
  init(
    name: String, _ configuration: ModelConfiguration, _ preprocessing: PreprocessingConfiguration, tiling: Tiling
  ) {
    self.name = name
    self.configuration = configuration
    self.preprocessing = preprocessing
    self.tiling = tiling
    transformersTiling = tiling
  }

  /// Reads no weights, and a directory need not have them; a GGUF file has everything in it.
  public init(_ paths: ModelPaths) throws(CheckpointError) {
    let folder = ModelFolder(paths.model)
    guard !folder.isFile, let config = try folder.json("config.json") else {
      let contents = try ModelContents.open(paths)
      self.init(name: contents.name, contents.configuration, contents.preprocessing)
      return
    }
    self =
      try OriginalLayout.describes(config)
      ? OriginalLayout.describe(folder, config, visionTower: paths.visionTower)
      : HuggingFaceLayout.describe(folder, config, visionTower: paths.visionTower)
  }
}
