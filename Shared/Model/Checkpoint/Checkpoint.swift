/// A model's files: its configuration, and its weights as one tree of named tensors.
///
/// The files are mapped, and nothing of them is read before it is asked for. Names of every known layout become
///
///     vision_tower          embeddings  pre_layrnorm  encoder.layers.N  post_layernorm
///     multi_modal_projector linear_1  linear_2
///     image_newline
///     language_model        embed_tokens  layers.N  norm
///     lm_head
public struct Checkpoint: Sendable {
  /// How the files are arranged.
  public enum Layout: String, Sendable, CaseIterable {
    case huggingFace = "Hugging Face"
    case original = "original LLaVA"
    case gguf = "GGUF"
  }

  public let layout: Layout
  /// The model's own name: the directory's, the hub's for a snapshot in its cache, or the GGUF file's.
  public let name: String
  /// What errors and logs call the place.
  public let path: String
  public let configuration: ModelConfiguration
  public let preprocessing: PreprocessingConfiguration
  public let vocabulary: VocabularySource
  /// What the original's configuration calls the vision tower, which is published apart.
  public let towerName: String?
  /// Names in the files that no part of the model asks for.
  public let unusedTensors: [String]
  /// Every tensor by its canonical name.
  public let tensors: [String: StoredTensor]

  public init(_ paths: ModelPaths) throws(CheckpointError) {
    let contents = try ModelContents.open(paths)
    layout = contents.layout
    name = contents.name
    path = ModelFolder(paths.model).path
    configuration = contents.configuration
    preprocessing = contents.preprocessing
    vocabulary = contents.vocabulary
    towerName = contents.towerName
    unusedTensors = contents.unusedTensors
    tensors = contents.tensors
  }

  public var root: Weights { Weights(tensors, source: path) }
  public var vision: Weights { root["vision_tower"] }
  public var projector: Weights { root["multi_modal_projector"] }
  public var languageModel: Weights { root["language_model"] }

  /// Whether the vision tower is in the files; a decoder can do without.
  public var hasTower: Bool { towerName == nil || tensors.keys.contains { $0.hasPrefix("vision_tower.") } }

  /// Identifies the layers of the vision tower that features come from; nil where the files have no tower.
  public var towerFingerprint: Fingerprint? {
    get throws(CheckpointError) { hasTower ? try fingerprint(of: .tower) : nil }
  }

  public var projectorFingerprint: Fingerprint {
    get throws(CheckpointError) { try fingerprint(of: .projector) }
  }

  public var languageModelFingerprint: Fingerprint {
    get throws(CheckpointError) { try fingerprint(of: .languageModel) }
  }

  /// Bytes of a part's tensors in the files.
  public func byteCount(of parts: Set<ModelPart>) -> Int {
    tensors(of: parts).values.reduce(0) { $0 + $1.byteCount }
  }

  /// The tensors that a part computes with; layers of the tower that no feature needs are nobody's.
  public func tensors(of parts: Set<ModelPart>) -> [String: StoredTensor] {
    let used = configuration.usedVisionLayerCount
    return tensors.filter { name, _ in ModelPart(of: name, usedVisionLayerCount: used).map(parts.contains) ?? false }
  }

  private func fingerprint(of part: ModelPart) throws(CheckpointError) -> Fingerprint {
    let used = tensors(of: [part])
    // A projector that hands features on as they are has none.
    guard !used.isEmpty || part == .projector && configuration.projector.layerCount == 0 else {
      throw CheckpointError(code: .missingTensor, message: "\(path): expected tensors of the \(part), found none")
    }
    return Fingerprint(of: used)
  }
}
