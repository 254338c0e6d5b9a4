import Checkpoint
import Numerics

/// Every token of a view looks at every other.
struct Attention: Sendable {
  private let query: TowerLinear
  private let key: TowerLinear
  private let value: TowerLinear
  private let output: TowerLinear
  private let attend: @Sendable (_ queries: [Tensor], _ keys: [Tensor], _ values: [Tensor]) -> [Tensor]

  init(_ weights: Weights, _ configuration: VisionConfiguration, _ preparation: Preparation) throws(CheckpointError) {
    let width = configuration.hiddenSize
    query = try TowerLinear(weights["q_proj"], inputs: width, outputs: width, preparation)
    key = try TowerLinear(weights["k_proj"], inputs: width, outputs: width, preparation)
    value = try TowerLinear(weights["v_proj"], inputs: width, outputs: width, preparation)
    output = try TowerLinear(weights["out_proj"], inputs: width, outputs: width, preparation)
    let headCount = configuration.headCount
    attend =
      if preparation.precision == .fp32 {
        { FullAttention(headCount: headCount)(queries: $0, keys: $1, values: $2) }
      } else {
        { PackedFullAttention(headCount: headCount)(queries: $0, keys: $1, values: $2) }
      }
  }

  /// Each view is `[tokens, width]`; the results have the same shape.
  func callAsFunction(_ x: [Tensor]) -> [Tensor] {
    let parts = TowerLinear.each([query, key, value], of: x)
    return output(attend(parts[0], parts[1], parts[2]))
  }
}
