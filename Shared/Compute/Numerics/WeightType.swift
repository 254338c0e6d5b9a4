import CKernels

/// How the numbers of a weight are stored: each by itself, or in blocks that share a scale.
///
/// The blocks are ggml's (`ggml-common.h`); a raw value is how files spell the type.
public enum WeightType: String, Sendable, CaseIterable {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case q80 = "Q8_0"
  case q40 = "Q4_0"
  case q41 = "Q4_1"
  case q50 = "Q5_0"
  case q51 = "Q5_1"
  case q4k = "Q4_K"
  case q5k = "Q5_K"
  case q6k = "Q6_K"

  /// Numbers in one block; a row of weights is a whole number of blocks.
  public var blockElementCount: Int { Int(llava_block_elements(stored)) }
  /// Bytes of one block.
  public var blockByteCount: Int { Int(llava_block_bytes(stored)) }

  /// Bytes that `count` numbers take, which are whole blocks.
  public func byteCount(of count: Int) -> Int { count / blockElementCount * blockByteCount }

  /// Whether each number is stored by itself.
  public var isPlain: Bool { blockElementCount == 1 }

  /// The numbers that `bytes` stand for; exact. A last piece that is no whole block is left out.
  public func decoded(_ bytes: UnsafeRawBufferPointer) -> [Float] {
    let count = bytes.count / blockByteCount * blockElementCount
    return [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      initializedCount = count
      guard count > 0 else { return }
      llava_kernels_best().pointee.widen(buffer.baseAddress!, bytes.baseAddress!, stored, count)
    }
  }

  /// The same, as the kernels call it. A new stored type is a new case here and in the kernels' `switch`.
  var stored: llava_element {
    switch self {
    case .f32: LLAVA_F32
    case .f16: LLAVA_F16
    case .bf16: LLAVA_BF16
    case .q80: LLAVA_Q8_0
    case .q40: LLAVA_Q4_0
    case .q41: LLAVA_Q4_1
    case .q50: LLAVA_Q5_0
    case .q51: LLAVA_Q5_1
    case .q4k: LLAVA_Q4_K
    case .q5k: LLAVA_Q5_K
    case .q6k: LLAVA_Q6_K
    }
  }
}

extension WeightType {
  public init(_ type: ElementType) {
    switch type {
    case .f32: self = .f32
    case .f16: self = .f16
    case .bf16: self = .bf16
    }
  }
}
