import CKernels

/// How weights are laid out for products with dot-product instructions, and in which numbers they meet their inputs.
public enum Packing: String, Sendable, CaseIterable {
  /// Weights and inputs in bf16, sums in f32.
  case bf16
  /// Whole numbers of 8 bits, with one scale for each output and one for each row of inputs.
  case int8
  /// ggml's blocks of 32 weights with a scale each; inputs in such blocks as well.
  case q80 = "q8_0"
  case q40 = "q4_0"

  /// Whether rows of `columns` weights are whole blocks.
  public func divides(columns: Int) -> Bool {
    switch self {
    case .bf16, .int8: true
    case .q80, .q40: columns.isMultiple(of: Int(LLAVA_BLOCK))
    }
  }

  var layout: llava_packing {
    switch self {
    case .bf16: LLAVA_PACKED_BF16
    case .int8: LLAVA_PACKED_INT8
    case .q80: LLAVA_PACKED_Q8_0
    case .q40: LLAVA_PACKED_Q4_0
    }
  }
}
