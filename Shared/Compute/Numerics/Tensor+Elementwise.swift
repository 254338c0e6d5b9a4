import CKernels

extension Tensor {
  /// Elements that a thread takes at least: fewer are done sooner alone than shared out.
  private static let elementwiseGrain = 16 * 1024

  /// The sum, element by element; both have the same shape.
  public static func + (left: Tensor, right: Tensor) -> Tensor {
    left.requireShape(of: right)
    return left.mapped { $0.add($1, left.base + $2.lowerBound, right.base + $2.lowerBound, $2.count) }
  }

  /// `x / (1 + exp(-beta x))`: SiLU with 1, CLIP's quick-GELU with 1.702.
  public func swish(_ beta: Float) -> Tensor {
    mapped { $0.swish($1, base + $2.lowerBound, beta, $2.count) }
  }

  /// `x (1 + erf(x / √2)) / 2`, the exact form and not the tanh approximation.
  public func gelu() -> Tensor {
    mapped { $0.gelu($1, base + $2.lowerBound, $2.count) }
  }

  /// GELU by its tanh approximation, for models that were trained with it.
  public func geluTanh() -> Tensor {
    mapped { $0.gelu_tanh($1, base + $2.lowerBound, $2.count) }
  }

  /// `silu(self) * up`: the gate of LLaMA's feed-forward; both have the same shape.
  public func gating(_ up: Tensor) -> Tensor {
    requireShape(of: up)
    return mapped { $0.gated_silu($1, base + $2.lowerBound, up.base + $2.lowerBound, $2.count) }
  }

  /// A tensor of the same shape, made by calling `body(kernels, first output, elements)` on slices of it.
  private func mapped(_ body: (llava_kernels, UnsafeMutablePointer<Float>, Range<Int>) -> Void) -> Tensor {
    let result = Tensor(uninitialized: rows, columns, on: compute)
    compute.pool.forEachSlice(of: count, grain: Tensor.elementwiseGrain) { elements in
      body(compute.kernels, result.base + elements.lowerBound, elements)
    }
    return result
  }

  private func requireShape(of other: Tensor) {
    precondition(
      rows == other.rows && columns == other.columns,
      "shapes differ: \(rows) x \(columns) and \(other.rows) x \(other.columns)")
  }
}
