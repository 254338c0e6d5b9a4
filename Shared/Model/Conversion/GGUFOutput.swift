import Checkpoint
import Numerics
import Tokenizer

/// A model as llama.cpp reads it: a language model's file, and a tower's with the projector (mmproj).
struct GGUFOutput: Sendable {
  let outputs: [Conversion.Output]
  private let metadata: [[(key: String, value: GGUFValue)]]

  init(_ checkpoint: Checkpoint, _ tokenizer: Tokenizer, as types: Conversion.Types) throws(CheckpointError) {
    let configuration = checkpoint.configuration
    try Self.check(configuration, types.blocks, checkpoint.path)
    let vision = configuration.vision
    let feedForward = GGUFNames.FeedForward(
      writing: vision.intermediateSize, embeddingLength: vision.hiddenSize)
    var tower: [(name: String, stream: TensorStream)] = []
    var language: [(name: String, stream: TensorStream)] = []
    let used = checkpoint.tensors(of: Set(ModelPart.allCases))
    for (name, tensor) in used.sorted(by: { $0.key < $1.key }) {
      guard let written = GGUFNames.file(name, feedForward) else { continue }
      guard let stored = tensor.weightType else {
        throw CheckpointError(
          code: .unsupportedType, message: "\(tensor.path): \(tensor.name): \(tensor.type) is not converted")
      }
      let type = Self.type(of: name, shape: tensor.shape, storedAs: stored, as: types)
      let stream = try TensorStream(tensor, as: type, order: Self.order(of: name, configuration.language))
      if written.hasPrefix("v.") || written.hasPrefix("mm.") || name == Checkpoint.rowEndName {
        tower.append((written, stream))
      } else {
        language.append((written, stream))
      }
    }
    outputs = [
      Conversion.Output(name: "\(checkpoint.name).gguf", tensors: language),
      Conversion.Output(name: "mmproj-\(checkpoint.name).gguf", tensors: tower),
    ]
    metadata = [
      GGUFMetadata.language(
        checkpoint, tokenizer, template: try Self.template(of: checkpoint),
        type: GGUFMetadata.fileType(quantized: types.blocks, language)),
      GGUFMetadata.tower(checkpoint, type: GGUFMetadata.fileType(quantized: nil, tower)),
    ]
  }

  static func template(of checkpoint: Checkpoint) throws(CheckpointError) -> String? {
    do throws(TokenizerError) {
      return try checkpoint.chatTemplate
    } catch {
      throw CheckpointError(code: .malformed, message: error.message)
    }
  }

  func write(to directory: String, advance: (Int) -> Void) throws(CheckpointError) {
    for (output, metadata) in zip(outputs, metadata) {
      var writer = try GGUFWriter(
        path: "\(directory)/\(output.name)", metadata: metadata,
        tensors: output.tensors.map { GGUFTensor(name: $0.name, shape: $0.stream.shape, type: $0.stream.type) })
      for (_, stream) in output.tensors {
        try stream.forEachPiece { piece throws(CheckpointError) in
          try writer.write(piece)
          advance(piece.count)
        }
      }
      try writer.finish()
    }
  }

  /// llama.cpp adds vectors as f32, and looks rows of positions up as such; its convolution knows no bf16.
  static func type(
    of name: String, shape: [Int], storedAs stored: WeightType, as types: Conversion.Types
  ) -> WeightType {
    let plain = types.plain ?? stored
    if shape.count < 2 { return .f32 }
    if name.hasPrefix("vision_tower.embeddings.") { return plain == .f16 ? .f16 : .f32 }
    guard let blocks = types.blocks, ModelPart.isLanguage(name) else { return plain }
    // The last matrix decides between tokens: in few bits it costs most.
    let wanted = name == "lm_head.weight" ? .q80 : blocks
    return shape[1].isMultiple(of: wanted.blockElementCount) ? wanted : plain
  }

  private static func order(of name: String, _ language: LlamaConfiguration) -> RowOrder {
    guard name.hasPrefix("language_model.layers.") else { return .natural }
    if name.hasSuffix(".q_proj.weight") { return .interleaved(headCount: language.headCount) }
    if name.hasSuffix(".k_proj.weight") { return .interleaved(headCount: language.keyValueHeadCount) }
    return .natural
  }

  /// What llama.cpp's files have no key for.
  private static func check(
    _ configuration: ModelConfiguration, _ type: WeightType?, _ path: String
  ) throws(CheckpointError) {
    func refuse(_ what: String) -> CheckpointError {
      CheckpointError(code: .unsupportedModel, message: "\(path): \(what) has no place in GGUF files")
    }
    if let type, !type.canEncode { throw refuse("a type that is read and not made (\(type.rawValue))") }
    guard configuration.projector.layerCount > 0, configuration.projector.activation == .gelu else {
      throw refuse(
        "a projector of \(configuration.projector.layerCount) layers with \(configuration.projector.activation)")
    }
    guard configuration.selectStrategy == .default else { throw refuse("a class token among the features") }
    guard configuration.vision.activation != .geluTanh else { throw refuse("\(configuration.vision.activation)") }
  }
}
