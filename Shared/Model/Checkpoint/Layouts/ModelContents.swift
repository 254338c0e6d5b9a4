/// What a model's files say, whatever their layout.
struct ModelContents {
  var layout: Checkpoint.Layout
  var name: String
  var configuration: ModelConfiguration
  var preprocessing: PreprocessingConfiguration
  /// By canonical name.
  var tensors: [String: StoredTensor]
  /// Names in the files that no part of the model asks for.
  var unusedTensors: [String]
  var vocabulary: VocabularySource
  /// What the original's configuration calls the tower, which is mostly not in the files.
  var towerName: String?

  /// Opens what is at the path, by what is found there.
  static func open(_ paths: ModelPaths) throws(CheckpointError) -> ModelContents {
    let folder = ModelFolder(paths.model)
    if folder.isFile { return try GGUFLayout.open(file: folder.path, visionTower: paths.visionTower) }
    guard let config = try folder.json("config.json") else {
      guard folder.names.contains(where: { $0.hasSuffix(".gguf") }) else {
        throw CheckpointError(
          code: .unreadable,
          message: "\(folder.path): expected a model (a config.json with its weights, or .gguf files), found "
            + folder.contents)
      }
      return try GGUFLayout.open(directory: folder, visionTower: paths.visionTower)
    }
    return try OriginalLayout.describes(config)
      ? OriginalLayout.open(folder, config, visionTower: paths.visionTower)
      : HuggingFaceLayout.open(folder, config, visionTower: paths.visionTower)
  }
}
