import Checkpoint
import Numerics

/// Each row looks at its own sequence up to itself; several query heads may share one head of keys and values.
struct Attention: Sendable {
  private let query: Linear
  private let key: Linear
  private let value: Linear
  private let output: Linear
  private let attend: PagedAttention
  private let layer: Int

  init(
    _ weights: Weights, layer: Int, _ configuration: LlamaConfiguration, _ preparation: Preparation
  ) throws(CheckpointError) {
    let hidden = configuration.hiddenSize
    let queryWidth = configuration.headCount * configuration.headSize
    let keyWidth = configuration.keyValueHeadCount * configuration.headSize
    query = try Linear(weights["q_proj"], inputs: hidden, outputs: queryWidth, preparation)
    key = try Linear(weights["k_proj"], inputs: hidden, outputs: keyWidth, preparation)
    value = try Linear(weights["v_proj"], inputs: hidden, outputs: keyWidth, preparation)
    output = try Linear(weights["o_proj"], inputs: queryWidth, outputs: hidden, preparation)
    attend = PagedAttention(headCount: configuration.headCount)
    self.layer = layer
  }

  /// `x` is `[rows, hidden]`; the result has the same shape. The rows' keys and values are in the cache afterwards.
  func callAsFunction(_ x: Tensor, in pass: Pass) -> Tensor {
    let parts = Linear.each([query, key, value], of: x)
    pass.cache.store(keys: pass.rotate(parts[1]), values: parts[2], layer: layer, at: pass.placement)
    return output(
      attend(
        pass.rotate(parts[0]), in: pass.cache, layer: layer, at: pass.placement, by: pass.groups))
  }
}
