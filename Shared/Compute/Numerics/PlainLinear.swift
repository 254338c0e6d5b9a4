/// `y = x wᵀ + b` in f32, on weights that stay as the file has them and are widened as they are read.
struct PlainLinear: Sendable {
  let weights: WeightMatrix
  let bias: [Float]?

  /// `x` is `[rows, inputs]`; the result is `[rows, outputs]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    precondition(x.columns == weights.columns, "a linear of \(weights.columns) inputs, rows of \(x.columns)")
    let y = Tensor(uninitialized: x.rows, weights.rows, on: x.compute)
    // A slice of fewer than 64 Ki multiplications takes less time than another thread takes to begin.
    let grain = max(4, 65_536 / max(1, x.rows * x.columns))
    x.compute.pool.forEachSlice(of: weights.rows, grain: grain) { outputs in
      if weights.type.isPlain {
        multiply(x, by: weights.address(row: outputs.lowerBound), weights.type, outputs, into: y)
      } else {
        widenAndMultiply(x, outputs, into: y)
      }
    }
    return switch weights.order {
    case .natural: y
    case .interleaved(let headCount): y.splittingPairs(headCount: headCount)
    }
  }

  private func multiply(
    _ x: Tensor, by rows: UnsafeRawPointer, _ type: WeightType, _ outputs: Range<Int>, into y: Tensor
  ) {
    let kernels = x.compute.kernels
    let target = y.base + outputs.lowerBound
    kernels.product(target, x.base, rows, type.stored, x.rows, outputs.count, x.columns, y.columns)
    bias?.withUnsafeBufferPointer {
      kernels.add_bias(target, $0.baseAddress! + outputs.lowerBound, x.rows, outputs.count, y.columns)
    }
  }

  /// Weights in blocks: a panel at a time, which stays in a second-level cache while all rows meet it.
  private func widenAndMultiply(_ x: Tensor, _ outputs: Range<Int>, into y: Tensor) {
    let width = max(4, min(outputs.count, 65_536 / weights.columns))
    let panel = Tensor(uninitialized: width, weights.columns, on: x.compute)
    for start in stride(from: outputs.lowerBound, to: outputs.upperBound, by: width) {
      let some = start..<min(start + width, outputs.upperBound)
      x.compute.kernels.widen(
        panel.base, weights.address(row: start), weights.type.stored, some.count * weights.columns)
      multiply(x, by: UnsafeRawPointer(panel.base), .f32, some, into: y)
    }
  }
}

extension Tensor {
  /// Of each head's columns, the first of every pair and then the second ones: undoes `RowOrder.interleaved`.
  fileprivate func splittingPairs(headCount: Int) -> Tensor {
    let result = Tensor(uninitialized: rows, columns, on: compute)
    let width = columns / headCount
    let half = width / 2
    compute.pool.forEachSlice(of: rows, grain: max(1, 16_384 / columns)) { rows in
      for start in stride(from: rows.lowerBound * columns, to: rows.upperBound * columns, by: width) {
        for index in 0..<half {
          result.base[start + index] = base[start + 2 * index]
          result.base[start + half + index] = base[start + 2 * index + 1]
        }
      }
    }
    return result
  }
}
