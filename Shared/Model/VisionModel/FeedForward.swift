import Checkpoint
import Numerics

/// Each token by itself through a wider layer.
struct FeedForward: Sendable {
  private let expand: PanelLinear
  private let contract: PanelLinear
  private let activation: Activation

  init(_ weights: Weights, _ configuration: VisionConfiguration) throws(CheckpointError) {
    let (width, inner) = (configuration.hiddenSize, configuration.intermediateSize)
    expand = try PanelLinear(weights["fc1"], inputs: width, outputs: inner)
    contract = try PanelLinear(weights["fc2"], inputs: inner, outputs: width)
    activation = configuration.activation
  }

  /// Each view is `[tokens, width]`; the results have the same shape.
  func callAsFunction(_ x: [Tensor]) -> [Tensor] {
    contract(expand(x).map { activation($0) })
  }
}
