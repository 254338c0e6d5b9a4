public import Checkpoint
public import Numerics

/// From the tower's features to rows that the language model takes like embeddings. Row-invariant.
public struct Projector: Sendable {
  private let layers: [Linear]
  private let activation: Activation

  /// Packs the weights as `precision` has them. Throws where one is missing or misshapen.
  public init(
    _ checkpoint: Checkpoint, precision: Precision = .fp32, on compute: Compute
  ) throws(CheckpointError) {
    let preparation = Preparation(precision, on: compute)
    let configuration = checkpoint.configuration
    let hidden = configuration.language.hiddenSize
    let projector = configuration.projector
    var layers: [Linear] = []
    for index in 0..<projector.layerCount {
      layers.append(
        try Linear(
          checkpoint.projector["linear_\(index + 1)"], inputs: index == 0 ? configuration.featureWidth : hidden,
          outputs: hidden, hasBias: projector.hasBias, in: .projector, preparation))
    }
    guard !layers.isEmpty || configuration.featureWidth == hidden else {
      throw CheckpointError(
        code: .shapeMismatch,
        message: "\(checkpoint.path): features of \(configuration.featureWidth) for a language model of \(hidden): "
          + "expected a projector between them, found none")
    }
    self.layers = layers
    activation = projector.activation
  }

  /// Features are `[rows, width of the features]`; the result is `[rows, hidden]`.
  public func callAsFunction(_ features: Tensor) -> Tensor {
    guard let first = layers.first else { return features }
    return layers.dropFirst().reduce(first(features)) { $1(activation($0)) }
  }
}
