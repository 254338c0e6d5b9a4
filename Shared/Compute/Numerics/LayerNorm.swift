/// Shifts each row to a mean of zero and scales it to a variance of one, then weight and bias for each column.
public struct LayerNorm: Sendable {
  private let weight: [Float]
  private let bias: [Float]
  private let epsilon: Float

  public init(weight: [Float], bias: [Float], epsilon: Float) {
    precondition(weight.count == bias.count, "a norm with \(weight.count) weights and \(bias.count) biases")
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
  }

  /// `x` is `[rows, columns]`; the result has the same shape.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    precondition(x.columns == weight.count, "a norm of \(weight.count) columns, rows of \(x.columns)")
    let y = Tensor(uninitialized: x.rows, x.columns, on: x.compute)
    x.compute.pool.forEachSlice(of: x.rows, grain: rowGrain(x.columns)) { rows in
      let first = rows.lowerBound * x.columns
      x.compute.kernels.layer_norm(y.base + first, x.base + first, weight, bias, epsilon, rows.count, x.columns)
    }
    return y
  }
}
