/// The one table from the names that files use to the names that models ask for:
/// `vision_tower.…`, `multi_modal_projector.…`, `language_model.…` and `lm_head.…`.
enum TensorNames {
  /// Beginnings of names, longer before shorter; the first that fits is replaced.
  private static let beginnings: [(file: String, canonical: String)] = [
    // In memory from transformers 4.52 on.
    ("model.vision_tower.vision_model.", "vision_tower."),
    ("model.vision_tower.", "vision_tower."),
    ("model.multi_modal_projector.", "multi_modal_projector."),
    ("model.language_model.", "language_model."),
    ("lm_head.", "lm_head."),
    // Files: the hub's, and those that transformers saves (5.x leaves `vision_model` out).
    ("vision_tower.vision_model.", "vision_tower."),
    ("vision_tower.", "vision_tower."),
    ("multi_modal_projector.", "multi_modal_projector."),
    ("language_model.model.", "language_model."),
    ("language_model.lm_head.", "lm_head."),
  ]

  /// Constants that old files carry and every implementation computes itself.
  private static let buffers = [".embeddings.position_ids", ".rotary_emb.inv_freq"]

  /// The canonical name, or nil for what no model here asks for.
  static func canonical(_ name: String) -> String? {
    guard !buffers.contains(where: name.hasSuffix) else { return nil }
    for beginning in beginnings where name.hasPrefix(beginning.file) {
      return beginning.canonical + name.dropFirst(beginning.file.count)
    }
    return nil
  }
}
