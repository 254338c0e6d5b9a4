import Numerics

/// The type of the numbers in a storage; a raw value is the class of module `torch` that names it.
enum TorchStorageType: String {
  case float = "FloatStorage"
  case half = "HalfStorage"
  case bfloat16 = "BFloat16Storage"
  case double = "DoubleStorage"
  case long = "LongStorage"
  case int = "IntStorage"
  case short = "ShortStorage"
  case char = "CharStorage"
  case byte = "ByteStorage"
  case bool = "BoolStorage"

  /// As safetensors spells it.
  var name: String {
    switch self {
    case .float: "F32"
    case .half: "F16"
    case .bfloat16: "BF16"
    case .double: "F64"
    case .long: "I64"
    case .int: "I32"
    case .short: "I16"
    case .char: "I8"
    case .byte: "U8"
    case .bool: "BOOL"
    }
  }

  /// Bytes of one number.
  var byteCount: Int {
    switch self {
    case .double, .long: 8
    case .float, .int: 4
    case .half, .bfloat16, .short: 2
    case .char, .byte, .bool: 1
    }
  }

  /// The type when it is one that models compute with.
  var weightType: WeightType? {
    switch self {
    case .float: .f32
    case .half: .f16
    case .bfloat16: .bf16
    case .double, .long, .int, .short, .char, .byte, .bool: nil
    }
  }
}
