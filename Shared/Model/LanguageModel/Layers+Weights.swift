import Checkpoint
import Numerics

extension Linear {
  init(
    _ weights: Weights, inputs: Int, outputs: Int, hasBias: Bool = false, in part: Precision.Part = .languageModel,
    _ preparation: Preparation
  ) throws(CheckpointError) {
    self = preparation.linear(
      try weights.matrix("weight", rows: outputs, columns: inputs),
      bias: hasBias ? try weights.vector("bias", count: outputs) : nil, in: part)
  }
}

extension RMSNorm {
  init(_ weights: Weights, _ configuration: LlamaConfiguration) throws(CheckpointError) {
    self.init(
      weight: try weights.vector("weight", count: configuration.hiddenSize), epsilon: configuration.rmsNormEpsilon)
  }
}
