/// Scales each row to a root mean square of one, then by a weight for each column (Zhang and Sennrich, 2019).
public struct RMSNorm: Sendable {
  private let weight: [Float]
  private let epsilon: Float

  public init(weight: [Float], epsilon: Float) {
    self.weight = weight
    self.epsilon = epsilon
  }

  /// `x` is `[rows, columns]`; the result has the same shape.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    precondition(x.columns == weight.count, "a norm of \(weight.count) columns, rows of \(x.columns)")
    let y = Tensor(uninitialized: x.rows, x.columns, on: x.compute)
    x.compute.pool.forEachSlice(of: x.rows, grain: rowGrain(x.columns)) { rows in
      let first = rows.lowerBound * x.columns
      x.compute.kernels.rms_norm(y.base + first, x.base + first, weight, epsilon, rows.count, x.columns)
    }
    return y
  }
}

/// Rows that a thread takes at least: fewer are done sooner alone than shared out.
func rowGrain(_ columns: Int) -> Int { max(1, 8192 / max(1, columns)) }
