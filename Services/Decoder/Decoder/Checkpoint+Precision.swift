import Checkpoint
import Numerics

extension Checkpoint {
  /// Memory that the decoder's weights take: packed, but for the embedding, which stays in the file.
  func weightByteCount(in precision: Precision) -> Int {
    tensors(of: ModelPart.decoder).reduce(0) { total, entry in
      let (name, tensor) = entry
      guard let type = tensor.weightType, tensor.shape.count > 1, !name.contains("embed_tokens") else {
        return total + tensor.byteCount
      }
      let part: Precision.Part =
        name.contains("lm_head") ? .head : name.contains("layers.") ? .languageModel : .projector
      return total + precision.byteCount(of: tensor.shape.reduce(1, *), in: part, storedAs: type)
    }
  }

  /// What the language model's layers are computed in, as people call it.
  func precisionName(in precision: Precision) -> String {
    let type = tensors(of: ModelPart.decoder).first { $0.key.hasSuffix("layers.0.mlp.gate_proj.weight") }?.value
      .weightType
    return precision.name(of: .languageModel, storedAs: type ?? .f32)
  }
}
