import Numerics

/// One or two GGUF files: llama.cpp's language model, and what it calls mmproj, the tower and the projector.
enum GGUFLayout {
  /// A language model's file; its tower is in `visionTower`, or alone in the same directory.
  static func open(file path: String, visionTower: String?) throws(CheckpointError) -> ModelContents {
    let language = try GGUFParts(path: path)
    guard try architecture(of: language) != .tower else {
      throw CheckpointError(
        code: .unsupportedModel,
        message:
          "\(path): expected a language model, found a vision tower (mmproj): name the model's file with --model "
          + "and this one with --vision-tower")
    }
    if let visionTower { return try contents(language, try GGUFParts(path: visionTower)) }
    let folder = ModelFolder(parentOf: path)
    let (_, towers) = try files(in: folder)
    return try contents(language, try only(towers, "vision tower (mmproj)", in: folder, flag: "--vision-tower"))
  }

  /// A directory that has one language model, and one tower unless `visionTower` names it.
  static func open(directory folder: ModelFolder, visionTower: String?) throws(CheckpointError) -> ModelContents {
    let (languages, towers) = try files(in: folder)
    let language = try only(languages, "language model", in: folder, flag: "--model")
    if let visionTower { return try contents(language, try GGUFParts(path: visionTower)) }
    return try contents(language, try only(towers, "vision tower (mmproj)", in: folder, flag: "--vision-tower"))
  }

  private enum Architecture { case language, tower }

  private static func architecture(of parts: GGUFParts) throws(CheckpointError) -> Architecture {
    let file = parts.files[0]
    return switch try file.text("general.architecture") {
    case "llama": .language
    case "clip": .tower
    case let other:
      throw CheckpointError(
        code: .unsupportedModel,
        message: "\(file.path): general.architecture: expected \"llama\" or \"clip\", found \"\(other)\"")
    }
  }

  private static func files(
    in folder: ModelFolder
  ) throws(CheckpointError) -> (languages: [GGUFParts], towers: [GGUFParts]) {
    var languages: [GGUFParts] = []
    var towers: [GGUFParts] = []
    for name in folder.names where name.hasSuffix(".gguf") && !isFollowing(name) {
      let file = try GGUFParts(path: folder.path(of: name))
      switch try architecture(of: file) {
      case .language: languages.append(file)
      case .tower: towers.append(file)
      }
    }
    return (languages, towers)
  }

  /// Of a model in several files, one after the first ("name-00002-of-00003.gguf").
  private static func isFollowing(_ name: String) -> Bool {
    name.wholeMatch(of: /.*-\d{5}-of-\d{5}\.gguf/) != nil && !name.contains("-00001-of-")
  }

  private static func only(
    _ files: [GGUFParts], _ what: String, in folder: ModelFolder, flag: String
  ) throws(CheckpointError) -> GGUFParts {
    guard files.count == 1 else {
      throw CheckpointError(
        code: .unreadable,
        message: "\(folder.path): expected one \(what) among its .gguf files, found "
          + (files.isEmpty ? "none of " + folder.contents : files.map(\.files[0].path).joined(separator: ", "))
          + ": name it with \(flag)")
    }
    return files[0]
  }

  private static func contents(_ language: GGUFParts, _ tower: GGUFParts) throws(CheckpointError) -> ModelContents {
    guard try architecture(of: tower) == .tower else {
      throw CheckpointError(
        code: .unsupportedModel,
        message:
          "\(tower.files[0].path): expected a vision tower (general.architecture \"clip\"), found a language model")
    }
    let configuration = try ModelConfiguration(language: language, tower: tower)
    let feedForward = GGUFNames.FeedForward(
      downShape: tower["v.blk.0.ffn_down.weight"]?.shape ?? [], embeddingLength: configuration.vision.hiddenSize)
    var tensors: [String: StoredTensor] = [:]
    var unused: [String] = []
    for (name, tensor) in [language, tower].flatMap({ $0.tensors.sorted { $0.key < $1.key } }) {
      guard let place = GGUFNames.canonical(name, feedForward) else {
        unused.append(name)
        continue
      }
      tensors[place] = tensor
      tensors[place]?.order = order(of: place, in: configuration.language)
    }
    return ModelContents(
      layout: .gguf, name: ModelFolder.modelName(ofFile: language.files[0].path), configuration: configuration,
      preprocessing: try PreprocessingConfiguration(tower.files[0], side: configuration.vision.imageSide),
      tensors: tensors,
      unusedTensors: unused, vocabulary: .embedded(language.files[0]))
  }

  /// The rows of queries and keys are interleaved for llama.cpp's rotary embedding; the tower has none.
  private static func order(of place: String, in language: LlamaConfiguration) -> RowOrder {
    guard place.hasPrefix("language_model.") else { return .natural }
    if place.contains(".self_attn.q_proj.") { return .interleaved(headCount: language.headCount) }
    if place.contains(".self_attn.k_proj.") { return .interleaved(headCount: language.keyValueHeadCount) }
    return .natural
  }
}
