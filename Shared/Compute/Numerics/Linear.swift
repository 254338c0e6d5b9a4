/// `y = x wᵀ + b`, row-invariant: the bits of a result row depend on its own input row and the weights alone, never
/// on how many rows there are, on the threads or on the slices. The decoder is made of these.
public struct Linear: Sendable {
  private let weights: WeightMatrix
  private let bias: [Float]?

  /// `weights` are `[outputs, inputs]`, `bias` is `[outputs]`.
  public init(_ weights: WeightMatrix, bias: [Float]? = nil) {
    precondition(
      bias == nil || bias?.count == weights.rows, "\(bias?.count ?? 0) biases for \(weights.rows) outputs")
    self.weights = weights
    self.bias = bias
  }

  /// `x` is `[rows, inputs]`; the result is `[rows, outputs]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    precondition(x.columns == weights.columns, "a linear of \(weights.columns) inputs, rows of \(x.columns)")
    let y = Tensor(uninitialized: x.rows, weights.rows, on: x.compute)
    let kernels = x.compute.kernels
    // A slice of fewer than 64 Ki multiplications takes less time than another thread takes to begin.
    let grain = max(4, 65_536 / max(1, x.rows * x.columns))
    x.compute.pool.forEachSlice(of: weights.rows, grain: grain) { outputs in
      let target = y.base + outputs.lowerBound
      kernels.product(
        target, x.base, weights.address(row: outputs.lowerBound), weights.type.stored, x.rows, outputs.count,
        x.columns, y.columns)
      bias?.withUnsafeBufferPointer {
        kernels.add_bias(target, $0.baseAddress! + outputs.lowerBound, x.rows, outputs.count, y.columns)
      }
    }
    return y
  }
}
