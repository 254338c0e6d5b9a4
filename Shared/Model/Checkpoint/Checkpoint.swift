import Foundation

/// A model directory: its configuration, and its weights as one tree of named tensors.
///
/// The files are mapped, and nothing of them is read before it is asked for. Names of every known layout become
///
///     vision_tower          embeddings  pre_layrnorm  encoder.layers.N  post_layernorm
///     multi_modal_projector linear_1  linear_2
///     language_model        embed_tokens  layers.N  norm
///     lm_head
public struct Checkpoint: Sendable {
  /// The directory's own name; of a snapshot in the hub's cache, the model's.
  public let name: String
  public let directory: String
  public let configuration: ModelConfiguration
  public let preprocessing: PreprocessingConfiguration
  /// Names in the files that no part of the model asks for.
  public let unusedTensors: [String]
  private let tensors: [String: StoredTensor]

  public init(directory: String) throws(CheckpointError) {
    let url = URL(fileURLWithPath: directory, isDirectory: true).standardizedFileURL
    func json(_ name: String) throws(CheckpointError) -> JSONText? {
      let path = url.appendingPathComponent(name).path
      return FileManager.default.fileExists(atPath: path) ? try JSONText(path: path) : nil
    }
    self.directory = url.path
    name = Self.name(of: url)
    configuration = try ModelConfiguration(
      try JSONText(path: url.appendingPathComponent("config.json").path), generation: try json("generation_config.json")
    )
    preprocessing = try PreprocessingConfiguration(
      preprocessor: try json("preprocessor_config.json"), processor: try json("processor_config.json"),
      towerSide: configuration.vision.imageSide)
    (tensors, unusedTensors) = try Self.canonical(try TensorFiles.open(url.path))
  }

  public var root: Weights { Weights(tensors, source: directory) }
  public var vision: Weights { root["vision_tower"] }
  public var projector: Weights { root["multi_modal_projector"] }
  public var languageModel: Weights { root["language_model"] }

  /// Identifies the layers of the vision tower that features come from.
  public var towerFingerprint: Fingerprint {
    get throws(CheckpointError) {
      let used = configuration.usedVisionLayerCount
      return try fingerprint { path in
        guard path[0] == "vision_tower", path.count > 1, path[1] != "post_layernorm" else { return false }
        guard path[1] == "encoder", path.count > 3 else { return true }
        return Int(path[3]).map { $0 < used } ?? false
      }
    }
  }

  public var projectorFingerprint: Fingerprint {
    get throws(CheckpointError) { try fingerprint { $0[0] == "multi_modal_projector" } }
  }

  public var languageModelFingerprint: Fingerprint {
    get throws(CheckpointError) { try fingerprint { $0[0] == "language_model" || $0[0] == "lm_head" } }
  }

  /// Bytes of the projector's and the language model's tensors in the files.
  public var languageByteCount: Int {
    tensors.reduce(0) { $1.key.hasPrefix("vision_tower.") ? $0 : $0 + $1.value.range.count }
  }

  private func fingerprint(where isUsed: ([Substring]) -> Bool) throws(CheckpointError) -> Fingerprint {
    let used = tensors.filter { isUsed($0.key.split(separator: ".")) }
    guard !used.isEmpty else {
      throw CheckpointError(code: .missingTensor, message: "\(directory): no tensors to take a fingerprint of")
    }
    return Fingerprint(of: used)
  }

  private static func canonical(
    _ files: [String: StoredTensor]
  ) throws(CheckpointError) -> (tensors: [String: StoredTensor], unused: [String]) {
    var tensors: [String: StoredTensor] = [:]
    var unused: [String] = []
    for (name, tensor) in files.sorted(by: { $0.key < $1.key }) {
      guard let canonical = TensorNames.canonical(name) else {
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

  /// The hub's cache keeps a model in `models--OWNER--NAME/snapshots/REVISION`.
  private static func name(of directory: URL) -> String {
    let components = directory.pathComponents
    if components.count >= 3, components[components.count - 2] == "snapshots" {
      let parts = components[components.count - 3].components(separatedBy: "--")
      if parts.count == 3, parts[0] == "models" { return parts[2] }
    }
    return directory.lastPathComponent
  }
}
