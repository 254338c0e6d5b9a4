/// The function between two linear layers.
public enum Activation: String, Sendable, CaseIterable {
  /// `x Φ(x)`, by the error function.
  case gelu
  /// GELU by its tanh approximation.
  case geluTanh
  /// `x σ(1.702 x)`, CLIP's.
  case quickGELU
  /// `x σ(x)`.
  case silu

  /// `x` is of any shape, and so is the result.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .gelu: x.gelu()
    case .geluTanh: x.geluTanh()
    case .quickGELU: x.swish(1.702)
    case .silu: x.swish(1)
    }
  }
}
