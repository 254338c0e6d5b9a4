import Numerics

/// Bounds far above any published model, so that products of sizes cannot overflow.
private enum Bound {
  static let width = 1 << 17
  static let layers = 1_024
  static let heads = 1_024
  static let imageSide = 1 << 13
  static let vocabulary = 1 << 22
  static let context = 1 << 24
}

/// Spellings of `hidden_act` in transformers (`ACT2FN`).
private let activations: KeyValuePairs<String, Activation> = [
  "gelu": .gelu, "gelu_pytorch_tanh": .geluTanh, "gelu_new": .geluTanh, "gelu_fast": .geluTanh,
  "quick_gelu": .quickGELU, "silu": .silu, "swish": .silu,
]

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
      activation: try checks.choice("projector_hidden_act", file.projectorHiddenAct, absent: "gelu", activations),
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

extension VisionConfiguration {
  /// Where the whole part is absent, LLaVA's own tower is meant; where only a field is, CLIP's default
  /// (transformers, `LlavaConfig` and `CLIPVisionConfig`).
  fileprivate init(_ file: ConfigurationFile.Vision?, _ checks: ConfigurationChecks) throws(CheckpointError) {
    let written =
      file
      ?? .init(
        hiddenSize: 1_024, intermediateSize: 4_096, numHiddenLayers: 24, numAttentionHeads: 16, imageSize: 336,
        patchSize: 14)
    let part = "vision_config"
    let clip = "clip_vision_model"
    _ = try checks.choice("\(part).model_type", written.modelType, absent: clip, [clip: ()])
    let channels = written.numChannels ?? 3
    guard channels == 3 else {
      throw checks.unsupported("\(part).num_channels", expected: "3", found: "\(channels)")
    }
    hiddenSize = try checks.size("\(part).hidden_size", written.hiddenSize, absent: 768, limit: Bound.width)
    intermediateSize = try checks.size(
      "\(part).intermediate_size", written.intermediateSize, absent: 3_072, limit: Bound.width)
    layerCount = try checks.size("\(part).num_hidden_layers", written.numHiddenLayers, absent: 12, limit: Bound.layers)
    headCount = try checks.size(
      "\(part).num_attention_heads", written.numAttentionHeads, absent: 12, limit: Bound.heads)
    try checks.divides("\(part).num_attention_heads", headCount, hiddenSize, "hidden_size")
    imageSide = try checks.size("\(part).image_size", written.imageSize, absent: 224, limit: Bound.imageSide)
    patchSide = try checks.size("\(part).patch_size", written.patchSize, absent: 32, limit: Bound.imageSide)
    try checks.divides("\(part).patch_size", patchSide, imageSide, "image_size")
    layerNormEpsilon = Float(
      try checks.number("\(part).layer_norm_eps", written.layerNormEps, absent: 1e-5, limit: 1))
    activation = try checks.choice("\(part).hidden_act", written.hiddenAct, absent: "quick_gelu", activations)
  }
}

extension LlamaConfiguration {
  /// Absent fields are those of transformers' `LlamaConfig` and `MistralConfig`.
  fileprivate init(
    _ file: ConfigurationFile.Text, tied: Bool?, _ checks: ConfigurationChecks
  ) throws(CheckpointError) {
    let part = "text_config"
    let isMistral = try checks.choice(
      "\(part).model_type", file.modelType, absent: "llama", ["llama": false, "mistral": true])
    try checks.absent("\(part).attention_bias", file.attentionBias == true, found: "true")
    try checks.absent("\(part).mlp_bias", file.mlpBias == true, found: "true")
    _ = try checks.choice("\(part).hidden_act", file.hiddenAct, absent: "silu", ["silu": (), "swish": ()])

    hiddenSize = try checks.size("\(part).hidden_size", file.hiddenSize, absent: 4_096, limit: Bound.width)
    intermediateSize = try checks.size(
      "\(part).intermediate_size", file.intermediateSize, absent: isMistral ? 14_336 : 11_008, limit: Bound.width)
    layerCount = try checks.size("\(part).num_hidden_layers", file.numHiddenLayers, absent: 32, limit: Bound.layers)
    headCount = try checks.size("\(part).num_attention_heads", file.numAttentionHeads, absent: 32, limit: Bound.heads)
    keyValueHeadCount = try checks.size(
      "\(part).num_key_value_heads", file.numKeyValueHeads, absent: isMistral ? 8 : headCount, limit: Bound.heads)
    try checks.divides("\(part).num_key_value_heads", keyValueHeadCount, headCount, "num_attention_heads")
    if file.headDim == nil { try checks.divides("\(part).num_attention_heads", headCount, hiddenSize, "hidden_size") }
    headSize = try checks.size("\(part).head_dim", file.headDim, absent: hiddenSize / headCount, limit: Bound.width)
    guard headSize.isMultiple(of: 2) else {  // positions turn pairs of a head's elements
      throw checks.malformed("\(part).head_dim", expected: "an even number", found: "\(headSize)")
    }

    let positions = try checks.size(
      "\(part).max_position_embeddings", file.maxPositionEmbeddings, absent: isMistral ? 131_072 : 2_048,
      limit: Bound.context)
    // Attention here sees every earlier position, which is the same only as far as Mistral's window reaches.
    let window = isMistral ? file.slidingWindow ?? positions : positions
    contextLength = min(positions, try checks.size("\(part).sliding_window", window, absent: 0, limit: Bound.context))
    rmsNormEpsilon = Float(try checks.number("\(part).rms_norm_eps", file.rmsNormEps, absent: 1e-6, limit: 1))
    ropeTheta = try Self.ropeTheta(file, part, checks)
    vocabularySize = try checks.size("\(part).vocab_size", file.vocabSize, absent: 32_000, limit: Bound.vocabulary)
    tiesEmbeddings = file.tieWordEmbeddings ?? tied ?? false
  }

  private static func ropeTheta(
    _ file: ConfigurationFile.Text, _ part: String, _ checks: ConfigurationChecks
  ) throws(CheckpointError) -> Double {
    for (field, rope) in [("rope_scaling", file.ropeScaling), ("rope_parameters", file.ropeParameters)] {
      guard let rope else { continue }
      _ = try checks.choice(
        "\(part).\(field).rope_type", rope.ropeType ?? rope.type, absent: "default", ["default": ()])
      let share = rope.partialRotaryFactor ?? 1
      guard share == 1 else {
        throw checks.unsupported("\(part).\(field).partial_rotary_factor", expected: "1", found: "\(share)")
      }
    }
    return try checks.number(
      "\(part).rope_theta", file.ropeParameters?.ropeTheta ?? file.ropeTheta, absent: 10_000, limit: 1e12)
  }
}
