extension LlamaConfiguration {
  /// Absent fields are those of transformers' `LlamaConfig` and `MistralConfig`. `part` is where in the file they stand.
  init(
    _ file: ConfigurationFile.Text, tied: Bool?, _ checks: ConfigurationChecks, part: String = "text_config."
  ) throws(CheckpointError) {
    let isMistral = try checks.choice(
      "\(part)model_type", file.modelType, absent: "llama", ["llama": false, "mistral": true])
    try checks.absent("\(part)attention_bias", file.attentionBias == true, found: "true")
    try checks.absent("\(part)mlp_bias", file.mlpBias == true, found: "true")
    _ = try checks.choice("\(part)hidden_act", file.hiddenAct, absent: "silu", ["silu": (), "swish": ()])

    hiddenSize = try checks.size(
      "\(part)hidden_size", file.hiddenSize, absent: 4_096, limit: ConfigurationLimits.width)
    intermediateSize = try checks.size(
      "\(part)intermediate_size", file.intermediateSize, absent: isMistral ? 14_336 : 11_008,
      limit: ConfigurationLimits.width)
    layerCount = try checks.size(
      "\(part)num_hidden_layers", file.numHiddenLayers, absent: 32, limit: ConfigurationLimits.layerCount)
    headCount = try checks.size(
      "\(part)num_attention_heads", file.numAttentionHeads, absent: 32, limit: ConfigurationLimits.headCount)
    keyValueHeadCount = try checks.size(
      "\(part)num_key_value_heads", file.numKeyValueHeads, absent: isMistral ? 8 : headCount,
      limit: ConfigurationLimits.headCount)
    try checks.divides("\(part)num_key_value_heads", keyValueHeadCount, headCount, "num_attention_heads")
    if file.headDim == nil { try checks.divides("\(part)num_attention_heads", headCount, hiddenSize, "hidden_size") }
    headSize = try checks.size(
      "\(part)head_dim", file.headDim, absent: hiddenSize / headCount, limit: ConfigurationLimits.width)
    guard headSize.isMultiple(of: 2) else {  // positions turn pairs of a head's elements
      throw checks.malformed("\(part)head_dim", expected: "an even number", found: "\(headSize)")
    }

    let positions = try checks.size(
      "\(part)max_position_embeddings", file.maxPositionEmbeddings, absent: isMistral ? 131_072 : 2_048,
      limit: ConfigurationLimits.contextLength)
    // Attention here sees every earlier position, which is the same only as far as Mistral's window reaches.
    let window = isMistral ? file.slidingWindow ?? positions : positions
    contextLength = min(
      positions, try checks.size("\(part)sliding_window", window, absent: 0, limit: ConfigurationLimits.contextLength))
    rmsNormEpsilon = Float(try checks.number("\(part)rms_norm_eps", file.rmsNormEps, absent: 1e-6, limit: 1))
    ropeTheta = try Self.ropeTheta(file, part, checks)
    vocabularySize = try checks.size(
      "\(part)vocab_size", file.vocabSize, absent: 32_000, limit: ConfigurationLimits.vocabularySize)
    tiesEmbeddings = file.tieWordEmbeddings ?? tied ?? false
  }

  private static func ropeTheta(
    _ file: ConfigurationFile.Text, _ part: String, _ checks: ConfigurationChecks
  ) throws(CheckpointError) -> Double {
    for (field, rope) in [("rope_scaling", file.ropeScaling), ("rope_parameters", file.ropeParameters)] {
      guard let rope else { continue }
      _ = try checks.choice(
        "\(part)\(field).rope_type", rope.ropeType ?? rope.type, absent: "default", ["default": ()])
      let share = rope.partialRotaryFactor ?? 1
      guard share == 1 else {
        throw checks.unsupported("\(part)\(field).partial_rotary_factor", expected: "1", found: "\(share)")
      }
    }
    return try checks.number(
      "\(part)rope_theta", file.ropeParameters?.ropeTheta ?? file.ropeTheta, absent: 10_000, limit: 1e12)
  }
}
