public import Checkpoint
public import Numerics

/// From the tower's features to rows that the language model takes like embeddings. Row-invariant.
public struct Projector: Sendable {
  private let first: Linear
  private let second: Linear
  private let activation: Activation

  /// Throws where a weight is missing or misshapen.
  public init(_ checkpoint: Checkpoint) throws(CheckpointError) {
    let configuration = checkpoint.configuration
    let hidden = configuration.language.hiddenSize
    let hasBias = configuration.projector.hasBias
    let weights = checkpoint.projector
    first = try Linear(
      weights["linear_1"], inputs: configuration.vision.hiddenSize, outputs: hidden, hasBias: hasBias)
    second = try Linear(weights["linear_2"], inputs: hidden, outputs: hidden, hasBias: hasBias)
    activation = configuration.projector.activation
  }

  /// Features are `[rows, width of the tower]`; the result is `[rows, hidden]`.
  public func callAsFunction(_ features: Tensor) -> Tensor {
    second(activation(first(features)))
  }
}
