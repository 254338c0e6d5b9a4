import Checkpoint
import Numerics

/// Each row by itself through a wider layer, one half of which gates the other (SwiGLU).
struct FeedForward: Sendable {
  private let gate: Linear
  private let up: Linear
  private let down: Linear

  init(_ weights: Weights, _ configuration: LlamaConfiguration, _ preparation: Preparation) throws(CheckpointError) {
    let (hidden, inner) = (configuration.hiddenSize, configuration.intermediateSize)
    gate = try Linear(weights["gate_proj"], inputs: hidden, outputs: inner, preparation)
    up = try Linear(weights["up_proj"], inputs: hidden, outputs: inner, preparation)
    down = try Linear(weights["down_proj"], inputs: inner, outputs: hidden, preparation)
  }

  /// `x` is `[rows, hidden]`; the result has the same shape.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let parts = Linear.each([gate, up], of: x)
    return down(parts[0].gating(parts[1]))
  }
}
