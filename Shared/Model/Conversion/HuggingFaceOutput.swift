import Checkpoint
import Foundation
import Numerics
import Tokenizer

/// A model as transformers' `LlavaForConditionalGeneration` and `LlavaNextForConditionalGeneration` have it on disk.
struct HuggingFaceOutput: Sendable {
  let output: Conversion.Output
  private let files: [(name: String, bytes: [UInt8])]

  init(_ checkpoint: Checkpoint, _ tokenizer: Tokenizer, as plain: WeightType?) throws(CheckpointError) {
    let configuration = checkpoint.configuration
    guard configuration.projector.layerCount == 2 else {
      throw CheckpointError(
        code: .unsupportedModel,
        message:
          "\(checkpoint.path): a projector of \(configuration.projector.layerCount) linear layers has no place in "
          + "a Hugging Face directory, whose projectors have two")
    }
    let vocabulary = ImageVocabulary(configuration, tokenizer)
    var tensors: [(name: String, stream: TensorStream)] = []
    for (name, tensor) in checkpoint.tensors.sorted(by: { $0.key < $1.key }) {
      let place = Self.fileName(of: name) ?? (name == Checkpoint.rowEndName ? name : nil)
      guard let type = tensor.weightType, let written = place else { continue }
      let isRowPerToken = name == "language_model.embed_tokens.weight" || name == "lm_head.weight"
      tensors.append(
        (
          written,
          try TensorStream(
            tensor, as: plain ?? (type.isPlain ? type : .f16), rowCount: isRowPerToken ? vocabulary.rowCount : nil)
        ))
    }
    output = Conversion.Output(name: "model.safetensors", tensors: tensors)
    files = try HuggingFaceFiles(checkpoint, tokenizer, vocabulary).files
  }

  /// The names that the hub's files have.
  private static func fileName(of canonical: String) -> String? {
    for (ours, theirs) in [
      ("vision_tower.", "vision_tower.vision_model."), ("multi_modal_projector.", "multi_modal_projector."),
      ("language_model.", "language_model.model."), ("lm_head.", "language_model.lm_head."),
    ] where canonical.hasPrefix(ours) { return theirs + canonical.dropFirst(ours.count) }
    return nil
  }

  func write(to directory: String, advance: (Int) -> Void) throws(CheckpointError) {
    for (name, bytes) in files {
      do {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
      } catch {
        throw CheckpointError(code: .unwritable, message: "\(directory)/\(name): \(error.localizedDescription)")
      }
    }
    try SafetensorsFileWriter.write(output.tensors, to: "\(directory)/\(output.name)", advance: advance)
  }
}

/// The tokens that stand for an image and for padding. The original's vocabulary has neither; transformers' puts them
/// behind it and pads the rows to a multiple of 64 (`convert_llava_weights_to_hf.py`).
struct ImageVocabulary: Sendable {
  let imageID: Int
  let padID: Int
  let rowCount: Int

  init(_ configuration: ModelConfiguration, _ tokenizer: Tokenizer) {
    let rows = configuration.language.vocabularySize
    if let image = configuration.imageTokenID {
      imageID = image
      padID = configuration.padTokenID ?? image + 1
      rowCount = rows
    } else {
      imageID = tokenizer.vocabularySize
      padID = imageID + 1
      rowCount = max(rows, (padID + 1 + 63) / 64 * 64)
    }
  }
}
