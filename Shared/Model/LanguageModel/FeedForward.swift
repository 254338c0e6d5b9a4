import Checkpoint
import Numerics

/// Each row by itself through a wider layer, one half of which gates the other (SwiGLU).
struct FeedForward: Sendable {
  private let gate: Linear
  private let up: Linear
  private let down: Linear

  init(_ weights: Weights, _ configuration: LlamaConfiguration) throws(CheckpointError) {
    let (hidden, inner) = (configuration.hiddenSize, configuration.intermediateSize)
    gate = try Linear(weights["gate_proj"], inputs: hidden, outputs: inner)
    up = try Linear(weights["up_proj"], inputs: hidden, outputs: inner)
    down = try Linear(weights["down_proj"], inputs: inner, outputs: hidden)
  }

  /// `x` is `[rows, hidden]`; the result has the same shape.
  func callAsFunction(_ x: Tensor) -> Tensor {
    down(gate(x).gating(up(x)))
  }
}
