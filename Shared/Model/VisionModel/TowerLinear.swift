import Numerics

/// A linear layer of the tower: over OpenBLAS in f32, else on packed weights. A view's result depends on itself alone.
struct TowerLinear: Sendable {
  private enum Product {
    case panels(PanelLinear)
    case packed(Linear)
  }

  private let product: Product

  init(_ weights: WeightMatrix, bias: [Float]? = nil, _ preparation: Preparation) {
    product =
      if preparation.packing(of: weights, in: .tower) == nil {
        .panels(PanelLinear(weights, bias: bias))
      } else {
        .packed(preparation.linear(weights, bias: bias, in: .tower))
      }
  }

  /// Each view is `[tokens, inputs]`, its result `[tokens, outputs]`.
  func callAsFunction(_ views: [Tensor]) -> [Tensor] { TowerLinear.each([self], of: views)[0] }

  /// The results of each of `linears`, which are all in f32 or all packed, for the same views.
  static func each(_ linears: [TowerLinear], of views: [Tensor]) -> [[Tensor]] {
    let packed = linears.compactMap(\.packed)
    guard packed.count == linears.count else {
      return linears.map { linear in
        switch linear.product {
        case .panels(let panels): panels(views)
        case .packed(let packed): views.map { packed($0) }
        }
      }
    }
    let results = views.map { Linear.each(packed, of: $0) }
    return linears.indices.map { index in results.map { $0[index] } }
  }

  private var packed: Linear? {
    guard case .packed(let linear) = product else { return nil }
    return linear
  }
}
