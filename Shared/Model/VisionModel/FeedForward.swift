import Checkpoint
import Numerics

/// Each token by itself through a wider layer.
struct FeedForward: Sendable {
  private let expand: TowerLinear
  private let contract: TowerLinear
  private let activation: Activation

  init(_ weights: Weights, _ configuration: VisionConfiguration, _ preparation: Preparation) throws(CheckpointError) {
    let (width, inner) = (configuration.hiddenSize, configuration.intermediateSize)
    expand = try TowerLinear(weights["fc1"], inputs: width, outputs: inner, preparation)
    contract = try TowerLinear(weights["fc2"], inputs: inner, outputs: width, preparation)
    activation = configuration.activation
  }

  /// Each view is `[tokens, width]`; the results have the same shape.
  func callAsFunction(_ x: [Tensor]) -> [Tensor] {
    contract(expand(x).map { activation($0) })
  }
}
