import Numerics

extension VisionConfiguration {
  /// Where the whole part is absent, LLaVA's own tower is meant; where only a field is, CLIP's default
  /// (transformers, `LlavaConfig` and `CLIPVisionConfig`).
  init(_ file: ConfigurationFile.Vision?, _ checks: ConfigurationChecks) throws(CheckpointError) {
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
    hiddenSize = try checks.size(
      "\(part).hidden_size", written.hiddenSize, absent: 768, limit: ConfigurationLimits.width)
    intermediateSize = try checks.size(
      "\(part).intermediate_size", written.intermediateSize, absent: 3_072, limit: ConfigurationLimits.width)
    layerCount = try checks.size(
      "\(part).num_hidden_layers", written.numHiddenLayers, absent: 12, limit: ConfigurationLimits.layerCount)
    headCount = try checks.size(
      "\(part).num_attention_heads", written.numAttentionHeads, absent: 12, limit: ConfigurationLimits.headCount)
    try checks.divides("\(part).num_attention_heads", headCount, hiddenSize, "hidden_size")
    imageSide = try checks.size(
      "\(part).image_size", written.imageSize, absent: 224, limit: ConfigurationLimits.imageSide)
    patchSide = try checks.size(
      "\(part).patch_size", written.patchSize, absent: 32, limit: ConfigurationLimits.imageSide)
    try checks.divides("\(part).patch_size", patchSide, imageSide, "image_size")
    layerNormEpsilon = Float(
      try checks.number("\(part).layer_norm_eps", written.layerNormEps, absent: 1e-5, limit: 1))
    activation = try checks.choice("\(part).hidden_act", written.hiddenAct, absent: "quick_gelu", Activation.spellings)
  }
}
