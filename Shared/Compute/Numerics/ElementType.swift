/// How one number is stored in a file or on the wire. Arithmetic is always `f32`.
public enum ElementType: String, Sendable, CaseIterable {
  case f32
  case f16
  /// The upper half of an `f32`.
  case bf16

  public var byteCount: Int { self == .f32 ? 4 : 2 }
}
