/// A directory as transformers writes it for `LlavaForConditionalGeneration` or `LlavaNextForConditionalGeneration`.
enum HuggingFaceLayout {
  static func open(
    _ folder: ModelFolder, _ config: JSONText, visionTower: String?
  ) throws(CheckpointError) -> ModelContents {
    let description = try describe(folder, config, visionTower: visionTower)
    let (tensors, unused) = try TensorNames.canonical(try TensorFiles.open(folder.path))
    return ModelContents(
      layout: .huggingFace, name: folder.name, configuration: description.configuration,
      preprocessing: description.preprocessing, tensors: tensors, unusedTensors: unused,
      vocabulary: .directory(folder.path))
  }

  static func describe(
    _ folder: ModelFolder, _ config: JSONText, visionTower: String?
  ) throws(CheckpointError) -> ModelDescription {
    guard visionTower == nil else {
      throw CheckpointError(
        code: .unsupportedModel,
        message: "\(folder.path): has a vision tower of its own: leave --vision-tower out")
    }
    let configuration = try ModelConfiguration(config, generation: try folder.json("generation_config.json"))
    let preprocessing = try PreprocessingConfiguration(
      preprocessor: try folder.json("preprocessor_config.json"), processor: try folder.json("processor_config.json"),
      towerSide: configuration.vision.imageSide, splits: configuration.grids != nil)
    return ModelDescription(name: folder.name, configuration, preprocessing)
  }
}
