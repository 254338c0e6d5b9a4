/// A directory as LLaVA's own training writes it (haotian-liu/LLaVA, `LlavaLlamaForCausalLM`): the language model's
/// configuration with `mm_…` fields, the projector inside, the vision tower mostly elsewhere.
enum OriginalLayout {
  /// What only the original's configuration has.
  private struct Marks: Decodable {
    var textConfig: ConfigurationFile.Present?
    var visionConfig: ConfigurationFile.Present?
    var mmVisionTower: String?
    var mmProjectorType: String?
  }

  /// Both layouts call their model "llava"; only Hugging Face's describes the parts by themselves.
  static func describes(_ config: JSONText) throws(CheckpointError) -> Bool {
    let marks = try config.decode(Marks.self, snakeCase: true)
    return marks.textConfig == nil && marks.visionConfig == nil
      && (marks.mmVisionTower ?? marks.mmProjectorType) != nil
  }

  static func open(
    _ folder: ModelFolder, _ config: JSONText, visionTower: String?
  ) throws(CheckpointError) -> ModelContents {
    let file = try config.decode(OriginalFile.self, snakeCase: true)
    let tower = try visionTower.map { path throws(CheckpointError) in try TowerFolder(path) }
    let description = try describe(folder, config, file, tower)
    var (tensors, unused) = try TensorNames.canonical(try TensorFiles.open(folder.path))
    // A tower that was trained along is in the model's files, and counts; the other then only describes it.
    let hasTower = tensors.keys.contains { $0.hasPrefix("vision_tower.") }
    if let tower, !hasTower { tensors.merge(try tower.tensors()) { own, _ in own } }
    return ModelContents(
      layout: .original, name: folder.name, configuration: description.configuration,
      preprocessing: description.preprocessing, tensors: tensors, unusedTensors: unused,
      vocabulary: .directory(folder.path), towerName: file.tower)
  }

  static func describe(
    _ folder: ModelFolder, _ config: JSONText, visionTower: String?
  ) throws(CheckpointError) -> ModelDescription {
    try describe(
      folder, config, try config.decode(OriginalFile.self, snakeCase: true),
      try visionTower.map { path throws(CheckpointError) in try TowerFolder(path) })
  }

  private static func describe(
    _ folder: ModelFolder, _ config: JSONText, _ file: OriginalFile, _ tower: TowerFolder?
  ) throws(CheckpointError) -> ModelDescription {
    guard let vision = tower?.configuration ?? VisionConfiguration(named: file.tower) else {
      throw CheckpointError(
        code: .missingTensor,
        message: "\(config.place): the vision tower \"\(file.tower)\" is not in the model's files: "
          + "name its directory with --vision-tower")
    }
    let configuration = try ModelConfiguration(
      original: file, config, generation: try folder.json("generation_config.json"), vision: vision)
    return ModelDescription(
      name: folder.name, configuration,
      try PreprocessingConfiguration(
        preprocessor: tower?.preprocessor, processor: nil, towerSide: vision.imageSide, aspect: file.aspect,
        splits: configuration.grids != nil))
  }
}

/// A directory of CLIP, whose text part is not looked at.
private struct TowerFolder {
  let configuration: VisionConfiguration
  let preprocessor: JSONText?
  private let folder: ModelFolder

  private struct File: Decodable {
    var visionConfig: ConfigurationFile.Vision?
  }

  init(_ path: String) throws(CheckpointError) {
    folder = ModelFolder(path)
    guard let config = try folder.json("config.json") else {
      throw CheckpointError(
        code: .unreadable,
        message: "--vision-tower \(path): expected a CLIP directory with a config.json, found \(folder.contents)")
    }
    // CLIP's own file describes two towers, `CLIPVisionModel`'s is the description itself.
    var vision = try config.decode(File.self, snakeCase: true).visionConfig
    if vision == nil { vision = try config.decode(ConfigurationFile.Vision.self, snakeCase: true) }
    configuration = try VisionConfiguration(vision, ConfigurationChecks(file: config.place))
    preprocessor = try folder.json("preprocessor_config.json")
  }

  func tensors() throws(CheckpointError) -> [String: StoredTensor] {
    try TensorNames.canonical(try TensorFiles.open(folder.path)).tensors
      .filter { $0.key.hasPrefix("vision_tower.") }
  }
}
