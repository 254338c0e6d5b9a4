/// The parts that processes serve: a vision worker the tower, a decoder the other two.
public enum ModelPart: String, Sendable, CaseIterable, CustomStringConvertible {
  case tower = "vision tower"
  case projector
  case languageModel = "language model"

  public var description: String { rawValue }

  /// What of the model a decoder computes with.
  public static let decoder: Set<ModelPart> = [.projector, .languageModel]

  /// Whether a tensor of this canonical name is the language model's.
  public static func isLanguage(_ name: String) -> Bool {
    name.hasPrefix("language_model.") || name.hasPrefix("lm_head.")
  }

  /// The part that computes with the tensor of this canonical name, if any does.
  init?(of name: String, usedVisionLayerCount: Int) {
    let path = name.split(separator: ".")
    switch path[0] {
    // It stands among projected features.
    case "multi_modal_projector", Checkpoint.rowEndName[...]: self = .projector
    case "language_model", "lm_head": self = .languageModel
    case "vision_tower":
      guard path.count > 1, path[1] != "post_layernorm" else { return nil }
      if path[1] == "encoder", path.count > 3, let layer = Int(path[3]), layer >= usedVisionLayerCount { return nil }
      self = .tower
    default: return nil
    }
  }
}
