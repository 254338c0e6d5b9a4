import Numerics
import TilePlan

extension ModelConfiguration {
  init(_ config: JSONText, generation: JSONText?) throws(CheckpointError) {
    let file = try config.decode(ConfigurationFile.self, snakeCase: true)
    let checks = ConfigurationChecks(file: config.place)
    let answer = try generation?.decode(GenerationFile.self, snakeCase: true)

    let splits = try checks.choice("model_type", file.modelType, absent: nil, ["llava": false, "llava_next": true])
    guard file.textConfig != nil || file.visionConfig != nil else {
      throw checks.unsupported(
        "text_config",
        expected: "a Hugging Face LLaVA (text_config, vision_config) or an original one "
          + "(mm_vision_tower, mm_projector_type)", found: "none")
    }
    try checks.absent("quantization_config", file.quantizationConfig != nil, found: "one")

    vision = try VisionConfiguration(file.visionConfig, checks)
    language = try LlamaConfiguration(file.textConfig ?? .init(), tied: file.tieWordEmbeddings, checks)
    projector = ProjectorConfiguration(
      layerCount: 2,
      activation: try checks.choice(
        "projector_hidden_act", file.projectorHiddenAct, absent: "gelu", Activation.spellings),
      hasBias: file.multimodalProjectorBias ?? true)
    featureLayers = try vision.states(file.visionFeatureLayer, "vision_feature_layer", checks)
    selectStrategy = try checks.choice(
      "vision_feature_select_strategy", file.visionFeatureSelectStrategy, absent: "default",
      ["default": SelectStrategy.default, "full": .full])
    if splits, selectStrategy == .full {
      throw checks.unsupported(
        "vision_feature_select_strategy", expected: "default where pictures are split", found: "\"full\"")
    }
    grids =
      splits
      ? try checks.grids("image_grid_pinpoints", file.imageGridPinpoints, side: vision.imageSide)
      : nil

    imageTokenID = try checks.token("image_token_index", file.imageTokenIndex ?? file.imageTokenId) ?? 32_000
    let text = file.textConfig
    padTokenID = try checks.optionalToken("pad_token_id", file.padTokenId ?? answer?.padTokenId ?? text?.padTokenId)
    beginningOfSequenceID =
      try checks.token("bos_token_id", answer?.bosTokenId ?? file.bosTokenId ?? text?.bosTokenId) ?? 1
    endOfSequenceIDs = try checks.tokens(
      "eos_token_id", answer?.eosTokenId ?? file.eosTokenId ?? text?.eosTokenId, absent: 2)
  }
}

extension VisionConfiguration {
  /// Hidden states counted from the embedding; in a file, negative ones count from behind the last layer.
  func states(
    _ written: ConfigurationFile.OneOrMore?, _ field: String, _ checks: ConfigurationChecks
  ) throws(CheckpointError) -> [Int] {
    let layers = written?.values ?? [-2]
    let count = layerCount + 1
    guard (1...count).contains(layers.count), layers.allSatisfy((-count..<count).contains) else {
      throw checks.malformed(field, expected: "one or more of \(-count) to \(count - 1)", found: "\(layers)")
    }
    return layers.map { $0 < 0 ? count + $0 : $0 }
  }
}

extension Activation {
  /// Spellings of `hidden_act` in transformers (`ACT2FN`).
  static let spellings: KeyValuePairs<String, Self> = [
    "gelu": .gelu, "gelu_pytorch_tanh": .geluTanh, "gelu_new": .geluTanh, "gelu_fast": .geluTanh,
    "quick_gelu": .quickGELU, "silu": .silu, "swish": .silu,
  ]
}
