public import Checkpoint
public import Foundation

/// Writes a model as LLaVA's own training leaves it: pickled weights with the projector, and the tower in a CLIP directory.
public enum OriginalLayout {
  /// Into two new folders of `directory`. The tokenizer's files are copied from the model's.
  public static func write(_ checkpoint: Checkpoint, into directory: URL) throws -> ModelPaths {
    let model = directory.appendingPathComponent("llava-v1.5")
    let tower = directory.appendingPathComponent("clip")
    for folder in [model, tower] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    var own = TorchWriter()
    var clip = TorchWriter()
    for (name, tensor) in checkpoint.tensors.sorted(by: { $0.key < $1.key }) {
      let written = Self.name(name)
      if written.hasPrefix("vision_model.") {
        clip.add(written, type: tensor.type, shape: tensor.shape, bytes: tensor.bytes)
      } else {
        own.add(written, type: tensor.type, shape: tensor.shape, bytes: tensor.bytes)
      }
    }
    try Data(own.file).write(to: model.appendingPathComponent("pytorch_model.bin"))
    try Data(clip.file).write(to: tower.appendingPathComponent("pytorch_model.bin"))
    for name in ["tokenizer.model", "tokenizer_config.json", "added_tokens.json"] {
      try FileManager.default.copyItem(
        at: URL(fileURLWithPath: checkpoint.path).appendingPathComponent(name), to: model.appendingPathComponent(name))
    }
    try configuration(checkpoint.configuration).write(
      to: model.appendingPathComponent("config.json"), atomically: true, encoding: .utf8)
    try towerConfiguration(checkpoint.configuration.vision).write(
      to: tower.appendingPathComponent("config.json"), atomically: true, encoding: .utf8)
    return ModelPaths(model.path, visionTower: tower.path)
  }

  private static func name(_ canonical: String) -> String {
    for (ours, theirs) in [
      ("vision_tower.", "vision_model."), ("multi_modal_projector.linear_1.", "model.mm_projector.0."),
      ("multi_modal_projector.linear_2.", "model.mm_projector.2."), ("language_model.", "model."),
    ] where canonical.hasPrefix(ours) { return theirs + canonical.dropFirst(ours.count) }
    return canonical
  }

  private static func configuration(_ model: ModelConfiguration) -> String {
    let language = model.language
    return """
      {"architectures": ["LlavaLlamaForCausalLM"], "model_type": "llava", "hidden_size": \(language.hiddenSize),
       "intermediate_size": \(language.intermediateSize), "num_hidden_layers": \(language.layerCount),
       "num_attention_heads": \(language.headCount), "num_key_value_heads": \(language.keyValueHeadCount),
       "max_position_embeddings": \(language.contextLength), "rms_norm_eps": \(language.rmsNormEpsilon),
       "vocab_size": \(language.vocabularySize), "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
       "image_aspect_ratio": "pad", "mm_hidden_size": \(model.vision.hiddenSize), "mm_projector_type": "mlp2x_gelu",
       "mm_vision_select_feature": "patch", "mm_vision_select_layer": -2,
       "mm_vision_tower": "openai/clip-vit-large-patch14-336"}
      """
  }

  private static func towerConfiguration(_ vision: VisionConfiguration) -> String {
    """
    {"model_type": "clip", "vision_config": {"model_type": "clip_vision_model", "hidden_size": \(vision.hiddenSize),
     "intermediate_size": \(vision.intermediateSize), "num_hidden_layers": \(vision.layerCount),
     "num_attention_heads": \(vision.headCount), "image_size": \(vision.imageSide), "patch_size": \(vision.patchSide)}}
    """
  }
}
