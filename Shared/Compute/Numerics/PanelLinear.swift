import COpenBLAS

/// `y = x wᵀ + b` over OpenBLAS: fast where there are hundreds of rows, and not row-invariant, since OpenBLAS chooses
/// its kernels by the number of rows. It serves the vision tower only.
///
/// Each panel of weights is widened once and multiplied with each view by itself. A view always has the same number
/// of rows, and panels depend on the shape of the weights alone: so a view's features do not depend on what else is
/// in the batch, nor on the threads.
public struct PanelLinear: Sendable {
  private let weights: WeightMatrix
  private let bias: [Float]?

  /// `weights` are `[outputs, inputs]`, `bias` is `[outputs]`.
  public init(_ weights: WeightMatrix, bias: [Float]? = nil) {
    precondition(
      bias == nil || bias?.count == weights.rows, "\(bias?.count ?? 0) biases for \(weights.rows) outputs")
    self.weights = weights
    self.bias = bias
  }

  /// Outputs in one panel: at least eight panels to share out, of 64 to 256, which keeps a panel of a large tower
  /// (256 x 4096) near the second-level cache and spreads OpenBLAS's packing of `x` over enough work.
  private var panelWidth: Int { min(256, max(64, (weights.rows / 8 + 63) / 64 * 64)) }

  /// Each view is `[tokens, inputs]`, its result `[tokens, outputs]`.
  public func callAsFunction(_ views: [Tensor]) -> [Tensor] {
    guard let first = views.first else { return [] }
    let results = views.map { view in
      precondition(view.columns == weights.columns, "a linear of \(weights.columns) inputs, rows of \(view.columns)")
      return Tensor(uninitialized: view.rows, weights.rows, on: view.compute)
    }
    let width = panelWidth
    let scratch = Tensor(uninitialized: first.compute.threadCount * width, weights.columns, on: first.compute)
    first.compute.pool.run((weights.rows + width - 1) / width) { panel, worker in
      let outputs = panel * width..<min((panel + 1) * width, weights.rows)
      let widened = scratch.base + worker * width * weights.columns
      first.compute.kernels.widen(
        widened, weights.address(row: outputs.lowerBound), weights.type.stored, outputs.count * weights.columns)
      for (view, result) in zip(views, results) {
        multiply(view, by: widened, outputs, into: result)
      }
    }
    return results
  }

  private func multiply(
    _ x: Tensor, by panel: UnsafePointer<Float>, _ outputs: Range<Int>, into y: Tensor
  ) {
    let target = y.base + outputs.lowerBound
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(x.rows), blasint(outputs.count), blasint(x.columns),
      1, x.base, blasint(x.columns), panel, blasint(x.columns), 0, target, blasint(y.columns))
    bias?.withUnsafeBufferPointer {
      y.compute.kernels.add_bias(target, $0.baseAddress! + outputs.lowerBound, y.rows, outputs.count, y.columns)
    }
  }
}
