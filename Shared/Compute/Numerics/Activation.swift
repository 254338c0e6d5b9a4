/// The functions between the linears of a projector or a tower, by the names that configurations have for them.
public enum Activation: String, Sendable, CaseIterable {
  /// With the exact erf.
  case gelu
  case quickGELU = "quick_gelu"
  case silu

  /// `x` of any shape.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .gelu: x.gelu()
    case .quickGELU: x.swish(1.702)  // the constant of OpenAI's CLIP
    case .silu: x.swish(1)
    }
  }
}
