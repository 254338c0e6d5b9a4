import Checkpoint
import Numerics

extension TowerLinear {
  /// A linear with a bias, as all of the tower's are.
  init(_ weights: Weights, inputs: Int, outputs: Int, _ preparation: Preparation) throws(CheckpointError) {
    self.init(
      try weights.matrix("weight", rows: outputs, columns: inputs), bias: try weights.vector("bias", count: outputs),
      preparation)
  }
}

extension LayerNorm {
  init(_ weights: Weights, _ configuration: VisionConfiguration) throws(CheckpointError) {
    self.init(
      weight: try weights.vector("weight", count: configuration.hiddenSize),
      bias: try weights.vector("bias", count: configuration.hiddenSize), epsilon: configuration.layerNormEpsilon)
  }
}
