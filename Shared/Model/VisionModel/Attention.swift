import Checkpoint
import Numerics

/// Every token of a view looks at every other.
struct Attention: Sendable {
  private let query: PanelLinear
  private let key: PanelLinear
  private let value: PanelLinear
  private let output: PanelLinear
  private let attend: FullAttention

  init(_ weights: Weights, _ configuration: VisionConfiguration) throws(CheckpointError) {
    let width = configuration.hiddenSize
    query = try PanelLinear(weights["q_proj"], inputs: width, outputs: width)
    key = try PanelLinear(weights["k_proj"], inputs: width, outputs: width)
    value = try PanelLinear(weights["v_proj"], inputs: width, outputs: width)
    output = try PanelLinear(weights["out_proj"], inputs: width, outputs: width)
    attend = FullAttention(headCount: configuration.headCount)
  }

  /// Each view is `[tokens, width]`; the results have the same shape.
  func callAsFunction(_ x: [Tensor]) -> [Tensor] {
    output(attend(queries: query(x), keys: key(x), values: value(x)))
  }
}
