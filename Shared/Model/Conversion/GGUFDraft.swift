public import Checkpoint
public import Numerics
public import Tokenizer

/// The pair of GGUF files that a configuration asks for, but for the numbers: whoever has those writes them.
public struct GGUFDraft: Sendable {
  public struct File: Sendable {
    public let name: String
    public let metadata: [(key: String, value: GGUFValue)]
    /// In their order in the file, with the canonical name of each.
    public let tensors: [(canonical: String, tensor: GGUFTensor)]

    /// Of its tensors.
    public var byteCount: Int {
      tensors.reduce(0) { $0 + $1.tensor.type.byteCount(of: $1.tensor.shape.reduce(1, *)) }
    }
  }

  /// The language model's, and the tower's with the projector.
  public let files: [File]

  /// Takes configuration, preprocessing and chat template from `checkpoint`, whose tensors are not asked for; `plain` is
  /// the type of numbers that are stored one by one, `blocks` that of the language model's matrices.
  public init(
    _ checkpoint: Checkpoint, _ tokenizer: Tokenizer, named name: String, plain: WeightType, blocks: WeightType?
  ) throws(CheckpointError) {
    let vision = checkpoint.configuration.vision
    let types = Conversion.Types(plain: plain, blocks: blocks)
    let feedForward = GGUFNames.FeedForward(
      writing: vision.intermediateSize, embeddingLength: vision.hiddenSize)
    var tower: [(canonical: String, tensor: GGUFTensor)] = []
    var language: [(canonical: String, tensor: GGUFTensor)] = []
    for (canonical, shape) in checkpoint.configuration.tensorShapes.sorted(by: { $0.key < $1.key }) {
      guard let written = GGUFNames.file(canonical, feedForward) else { continue }
      let type = GGUFOutput.type(of: canonical, shape: shape, storedAs: plain, as: types)
      let tensor = GGUFTensor(name: written, shape: shape, type: type)
      if ModelPart.isLanguage(canonical) {
        language.append((canonical, tensor))
      } else {
        tower.append((canonical, tensor))
      }
    }
    files = [
      File(
        name: "\(name).gguf",
        metadata: GGUFMetadata.language(
          checkpoint, tokenizer, template: try GGUFOutput.template(of: checkpoint),
          type: GGUFMetadata.fileType(blocks ?? plain)), tensors: language),
      File(
        name: "mmproj-\(name).gguf",
        metadata: GGUFMetadata.tower(checkpoint, type: GGUFMetadata.fileType(plain)), tensors: tower),
    ]
  }
}
