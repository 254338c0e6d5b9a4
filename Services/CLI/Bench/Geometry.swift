import Launch

/// The sizes of a model whose weights are random: it computes as fast as one of these sizes that has learnt something.
struct Geometry: Equatable, Sendable {
  let name: String
  let hidden: Int
  let feedForward: Int
  let layers: Int
  let heads: Int
  let keyValueHeads: Int
  var rows = 32064
  var context = 4096
  /// CLIP ViT-L/14-336.
  var tower = Tower()

  struct Tower: Equatable, Sendable {
    var hidden = 1024
    var feedForward = 4096
    var layers = 24
    var heads = 16
    var side = 336
    var patch = 14
  }

  static let known = [
    Geometry(name: "7b", hidden: 4096, feedForward: 11008, layers: 32, heads: 32, keyValueHeads: 32),
    Geometry(name: "13b", hidden: 5120, feedForward: 13824, layers: 40, heads: 40, keyValueHeads: 40),
    Geometry(name: "3b", hidden: 3200, feedForward: 8640, layers: 26, heads: 32, keyValueHeads: 32),
    Geometry(name: "1.1b", hidden: 2048, feedForward: 5632, layers: 22, heads: 32, keyValueHeads: 4),
  ]

  /// What transformers would say of such a model.
  var configuration: String {
    """
    {"architectures": ["LlavaForConditionalGeneration"], "model_type": "llava", "projector_hidden_act": "gelu",
     "vision_feature_layer": -2, "vision_feature_select_strategy": "default",
     "text_config": {"model_type": "llama", "hidden_size": \(hidden), "intermediate_size": \(feedForward),
      "num_hidden_layers": \(layers), "num_attention_heads": \(heads), "num_key_value_heads": \(keyValueHeads),
      "max_position_embeddings": \(context), "rms_norm_eps": 1e-05, "vocab_size": \(rows)},
     "vision_config": {"model_type": "clip_vision_model", "hidden_size": \(tower.hidden),
      "intermediate_size": \(tower.feedForward), "num_hidden_layers": \(tower.layers),
      "num_attention_heads": \(tower.heads), "image_size": \(tower.side), "patch_size": \(tower.patch),
      "projection_dim": 768}}
    """
  }
}

extension Geometry: SettingValue {
  static var expectation: String { "one of \(known.map(\.name).joined(separator: ", "))" }

  init?(setting text: String) {
    guard let found = Self.known.first(where: { $0.name == text }) else { return nil }
    self = found
  }

  var settingText: String { name }
}
