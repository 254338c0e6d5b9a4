/// Where a model lies.
public struct ModelPaths: Sendable, Equatable {
  /// A Hugging Face or an original LLaVA directory, a GGUF file, or a directory of GGUF files.
  public var model: String
  /// Where the vision tower is that is not with the model: a CLIP directory, or the GGUF file that llama.cpp calls mmproj.
  public var visionTower: String?

  public init(_ model: String, visionTower: String? = nil) {
    self.model = model
    self.visionTower = visionTower
  }
}
