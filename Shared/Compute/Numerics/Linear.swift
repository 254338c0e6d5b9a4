/// `y = x wᵀ + b`, row-invariant: the bits of a result row depend on its own input row and the weights alone, never
/// on how many rows there are, on the threads or on the slices. The decoder is made of these.
public struct Linear: Sendable {
  private enum Product {
    case plain(PlainLinear)
    case packed(PackedLinear)
  }

  private let product: Product
  private let inputCount: Int

  /// In f32, on weights as the file has them. `weights` are `[outputs, inputs]`, `bias` is `[outputs]`.
  public init(_ weights: WeightMatrix, bias: [Float]? = nil) {
    Linear.check(bias, weights.rows)
    inputCount = weights.columns
    product = .plain(PlainLinear(weights: weights, bias: bias))
  }

  /// In the numbers of the weights' packing.
  public init(_ weights: PackedMatrix, bias: [Float]? = nil) {
    Linear.check(bias, weights.rows)
    inputCount = weights.columns
    product = .packed(PackedLinear(weights: weights, bias: bias))
  }

  /// `x` is `[rows, inputs]`; the result is `[rows, outputs]`.
  public func callAsFunction(_ x: Tensor) -> Tensor { Linear.each([self], of: x)[0] }

  /// The result of each of `linears` for the same rows, which are packed once and meet all weights in one loop.
  public static func each(_ linears: [Linear], of x: Tensor) -> [Tensor] {
    for linear in linears {
      precondition(x.columns == linear.inputCount, "a linear of \(linear.inputCount) inputs, rows of \(x.columns)")
    }
    var packed = PackedLinear.each(linears.compactMap(\.packed), of: x)[...]
    return linears.map { linear in
      switch linear.product {
      case .plain(let plain): plain(x)
      case .packed: packed.removeFirst()
      }
    }
  }

  private var packed: PackedLinear? {
    guard case .packed(let linear) = product else { return nil }
    return linear
  }

  private static func check(_ bias: [Float]?, _ outputCount: Int) {
    precondition(bias == nil || bias?.count == outputCount, "\(bias?.count ?? 0) biases for \(outputCount) outputs")
  }
}
