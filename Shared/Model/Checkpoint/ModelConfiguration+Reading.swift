import Numerics

extension ModelConfiguration {
  init(_ config: JSONText, generation: JSONText?) throws(CheckpointError) {
    let file = try config.decode(ConfigurationFile.self, snakeCase: true)
    let checks = ConfigurationChecks(file: config.place)
    let answer = try generation?.decode(GenerationFile.self, snakeCase: true)

    _ = try checks.choice("model_type", file.modelType, absent: nil, ["llava": ()])
    // The original's files say "llava" too, but describe the language model at the top and the tower nowhere.
    guard file.textConfig != nil || file.visionConfig != nil else {
      throw checks.unsupported(
        "text_config", expected: "a Hugging Face LLaVA (text_config, vision_config)", found: "none")
    }
    try checks.absent("quantization_config", file.quantizationConfig != nil, found: "one")

    vision = try VisionConfiguration(file.visionConfig, checks)
    language = try LlamaConfiguration(file.textConfig ?? .init(), tied: file.tieWordEmbeddings, checks)
    projector = ProjectorConfiguration(
      activation: try checks.choice(
        "projector_hidden_act", file.projectorHiddenAct, absent: "gelu", Activation.spellings),
      hasBias: file.multimodalProjectorBias ?? true)
    featureLayer = try Self.featureLayer(file.visionFeatureLayer, of: vision, checks)
    selectStrategy = try checks.choice(
      "vision_feature_select_strategy", file.visionFeatureSelectStrategy, absent: "default",
      ["default": SelectStrategy.default, "full": .full])

    imageTokenID = try checks.token("image_token_index", file.imageTokenIndex ?? file.imageTokenId) ?? 32_000
    let text = file.textConfig
    padTokenID = try checks.optionalToken("pad_token_id", file.padTokenId ?? answer?.padTokenId ?? text?.padTokenId)
    beginningOfSequenceID =
      try checks.token("bos_token_id", answer?.bosTokenId ?? file.bosTokenId ?? text?.bosTokenId) ?? 1
    var ends: [Int] = []
    for id in (answer?.eosTokenId ?? file.eosTokenId ?? text?.eosTokenId)?.values ?? [2] {
      if let id = try checks.token("eos_token_id", id) { ends.append(id) }
    }
    endOfSequenceIDs = ends
  }

  private static func featureLayer(
    _ written: ConfigurationFile.OneOrMore?, of vision: VisionConfiguration, _ checks: ConfigurationChecks
  ) throws(CheckpointError) -> Int {
    let field = "vision_feature_layer"
    let layers = written?.values ?? [-2]
    guard layers.count == 1, let layer = layers.first else {
      throw checks.unsupported(field, expected: "one layer", found: "\(layers)")
    }
    let states = vision.layerCount + 1
    guard (-states..<states).contains(layer) else {
      throw checks.malformed(field, expected: "\(-states) to \(states - 1)", found: "\(layer)")
    }
    return layer
  }
}

extension Activation {
  /// Spellings of `hidden_act` in transformers (`ACT2FN`).
  static let spellings: KeyValuePairs<String, Self> = [
    "gelu": .gelu, "gelu_pytorch_tanh": .geluTanh, "gelu_new": .geluTanh, "gelu_fast": .geluTanh,
    "quick_gelu": .quickGELU, "silu": .silu, "swish": .silu,
  ]
}
