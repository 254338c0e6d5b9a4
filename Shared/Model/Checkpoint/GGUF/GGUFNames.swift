/// The one table between the names of GGUF files and those that models ask for.
///
/// The rows of a query and a key of the language model lie in another order there (`RowOrder.interleaved`), which names
/// do not say.
public enum GGUFNames {
  /// Which of a vision layer's two matrices a file calls what. The first goes from the hidden state to the wider layer.
  public enum FeedForward: Sendable, Equatable {
    /// `ffn_up`, then `ffn_down`: converters since May 2025.
    case upFirst
    /// `ffn_down`, then `ffn_up`: converters before.
    case downFirst

    /// By the shape `[rows, columns]` of a file's `ffn_down`. One that takes the hidden state is the first, also where
    /// both matrices are square: that is llama.cpp's rule, which decides what such a file means there (clip.cpp,
    /// `is_ffn_swapped`, for `clip.projector_type` "mlp"; https://github.com/ggml-org/llama.cpp/pull/13290).
    init(downShape: [Int], embeddingLength: Int) {
      self = downShape.last == embeddingLength ? .downFirst : .upFirst
    }

    /// The names to write: today's, and those of before where llama.cpp would take today's for them.
    public init(writing feedForwardLength: Int, embeddingLength: Int) {
      self.init(downShape: [embeddingLength, feedForwardLength], embeddingLength: embeddingLength)
    }
  }

  /// The canonical name of a file's tensor, or nil for what no model here asks for.
  static func canonical(_ name: String, _ feedForward: FeedForward) -> String? {
    if let whole = wholes.first(where: { $0.file == name }) { return whole.canonical }
    guard let (stem, ending) = cut(name) else { return nil }
    if let found = stems.first(where: { $0.file == stem }) { return found.canonical + ending }
    if let position = number(after: "mm.", in: stem), position.isMultiple(of: 2) {
      return "\(projector)\(position / 2 + 1)\(ending)"
    }
    for layers in layers(feedForward) {
      guard let (layer, part) = layer(after: layers.file, in: stem) else { continue }
      guard let found = layers.parts.first(where: { $0.file == part }) else { return nil }
      return "\(layers.canonical)\(layer).\(found.canonical)\(ending)"
    }
    return nil
  }

  /// The name that a file has for a canonical one, or nil for what such files do not have.
  public static func file(_ canonical: String, _ feedForward: FeedForward) -> String? {
    if let whole = wholes.first(where: { $0.canonical == canonical }) { return whole.file }
    guard let (stem, ending) = cut(canonical) else { return nil }
    if let found = stems.first(where: { $0.canonical == stem }) { return found.file + ending }
    if let ordinal = number(after: projector, in: stem), (1...ConfigurationLimits.layerCount).contains(ordinal) {
      return "mm.\(2 * (ordinal - 1))\(ending)"
    }
    for layers in layers(feedForward) {
      guard let (layer, part) = layer(after: layers.canonical, in: stem) else { continue }
      guard let found = layers.parts.first(where: { $0.canonical == part }) else { return nil }
      return "\(layers.file)\(layer).\(found.file)\(ending)"
    }
    return nil
  }

  private typealias Pair = (file: String, canonical: String)

  private static let projector = "multi_modal_projector.linear_"

  /// Names that have no ending.
  private static let wholes: [Pair] = [
    ("v.class_embd", "vision_tower.embeddings.class_embedding"),
    ("model.image_newline", Checkpoint.rowEndName),
  ]

  /// Names before ".weight" and ".bias".
  private static let stems: [Pair] = [
    ("token_embd", "language_model.embed_tokens"),
    ("output_norm", "language_model.norm"),
    ("output", "lm_head"),
    ("v.patch_embd", "vision_tower.embeddings.patch_embedding"),
    ("v.position_embd", "vision_tower.embeddings.position_embedding"),
    ("v.pre_ln", "vision_tower.pre_layrnorm"),
    ("v.post_ln", "vision_tower.post_layernorm"),
  ]

  private static let languageParts: [Pair] = [
    ("attn_norm", "input_layernorm"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("ffn_norm", "post_attention_layernorm"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
  ]

  private static let visionParts: [Pair] = [
    ("ln1", "layer_norm1"),
    ("ln2", "layer_norm2"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_out", "self_attn.out_proj"),
  ]

  private static func layers(_ feedForward: FeedForward) -> [(file: String, canonical: String, parts: [Pair])] {
    let names = feedForward == .upFirst ? ("ffn_up", "ffn_down") : ("ffn_down", "ffn_up")
    return [
      ("blk.", "language_model.layers.", languageParts),
      ("v.blk.", "vision_tower.encoder.layers.", visionParts + [(names.0, "mlp.fc1"), (names.1, "mlp.fc2")]),
    ]
  }

  private static func cut(_ name: String) -> (stem: String, ending: String)? {
    for ending in [".weight", ".bias"] where name.hasSuffix(ending) {
      return (String(name.dropLast(ending.count)), ending)
    }
    return nil
  }

  private static func layer(after beginning: String, in stem: String) -> (layer: Int, part: String)? {
    guard stem.hasPrefix(beginning) else { return nil }
    let rest = stem.dropFirst(beginning.count).split(separator: ".", maxSplits: 1)
    guard rest.count == 2, let layer = number(rest[0]) else { return nil }
    return (layer, String(rest[1]))
  }

  private static func number(after beginning: String, in stem: String) -> Int? {
    stem.hasPrefix(beginning) ? number(stem.dropFirst(beginning.count)) : nil
  }

  /// Only as it is written: of "07" and "7" one would hide the other.
  private static func number(_ text: Substring) -> Int? {
    Int(text).flatMap { $0 >= 0 && String($0) == text ? $0 : nil }
  }
}
