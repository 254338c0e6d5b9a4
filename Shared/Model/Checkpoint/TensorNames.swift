/// The one table from the names that files use to the names that models ask for:
/// `vision_tower.…`, `multi_modal_projector.…`, `image_newline`, `language_model.…` and `lm_head.…`.
enum TensorNames {
  /// Beginnings of names, longer before shorter; the first that fits is replaced.
  private static let beginnings: [(file: String, canonical: String)] = [
    // The original, where the tower was trained along; else its tower is CLIP's own directory.
    ("model.vision_tower.vision_tower.vision_model.", "vision_tower."),
    ("vision_model.", "vision_tower."),
    ("model.embed_tokens.", "language_model.embed_tokens."),
    ("model.layers.", "language_model.layers."),
    ("model.norm.", "language_model.norm."),
    // LLaVA-1.6: the original and transformers in memory, and transformers' files.
    ("model.\(Checkpoint.rowEndName)", Checkpoint.rowEndName),
    (Checkpoint.rowEndName, Checkpoint.rowEndName),
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

  /// The original's projector: an `nn.Sequential` in which every other module is a linear layer, or the layer itself.
  private static let originalProjector = "model.mm_projector."

  /// The canonical name, or nil for what no model here asks for.
  static func canonical(_ name: String) -> String? {
    guard !buffers.contains(where: name.hasSuffix) else { return nil }
    if name.hasPrefix(originalProjector) {
      return projector(name.dropFirst(originalProjector.count).split(separator: "."))
    }
    for beginning in beginnings where name.hasPrefix(beginning.file) {
      return beginning.canonical + name.dropFirst(beginning.file.count)
    }
    return nil
  }

  private static func projector(_ path: [Substring]) -> String? {
    switch path.count {
    case 1: return "multi_modal_projector.linear_1.\(path[0])"
    case 2:
      guard let module = Int(path[0]), module >= 0, module.isMultiple(of: 2) else { return nil }
      return "multi_modal_projector.linear_\(module / 2 + 1).\(path[1])"
    default: return nil
    }
  }

  /// The tensors that models ask for by their canonical names, and the names of the others.
  static func canonical(
    _ files: [String: StoredTensor]
  ) throws(CheckpointError) -> (tensors: [String: StoredTensor], unused: [String]) {
    var tensors: [String: StoredTensor] = [:]
    var unused: [String] = []
    for (name, tensor) in files.sorted(by: { $0.key < $1.key }) {
      guard let canonical = canonical(name) else {
        unused.append(name)
        continue
      }
      if let other = tensors[canonical] {
        throw CheckpointError(
          code: .malformed,
          message: "\(tensor.file.path): \(name): expected one tensor for \(canonical), found \(other.name) too")
      }
      tensors[canonical] = tensor
    }
    return (tensors, unused)
  }
}
