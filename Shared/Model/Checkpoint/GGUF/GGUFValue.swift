/// One value of a GGUF file's metadata.
public enum GGUFValue: Sendable, Equatable {
  /// UINT8 to UINT64; written as UINT32, or as UINT64 where it does not fit.
  case unsigned(UInt64)
  /// INT8 to INT64; written as INT32, or as INT64 where it does not fit.
  case signed(Int64)
  /// FLOAT32 or FLOAT64; written as FLOAT32, rounded to the nearest, since llama.cpp reads no other.
  case float(Double)
  case bool(Bool)
  /// What is not UTF-8 in it is read as U+FFFD.
  case string(String)
  case array(GGUFArray)
}

/// An array of a GGUF file's metadata; its elements are of one kind.
public enum GGUFArray: Sendable, Equatable {
  /// Each with exactly its bytes, which need not be UTF-8: a token can be part of a character.
  case strings([[UInt8]])
  /// FLOAT32, or FLOAT64 rounded to it; written as FLOAT32.
  case floats([Float])
  /// Written as INT32, or as INT64 where one does not fit.
  case integers([Int])
  case bools([Bool])
}

extension GGUFValue {
  /// What it is, for an error.
  var kind: String {
    switch self {
    case .unsigned(let value): "the whole number \(value)"
    case .signed(let value): "the whole number \(value)"
    case .float(let value): "the number \(value)"
    case .bool(let value): "\(value)"
    case .string(let value): "the text \"\(value.prefix(40))\""
    case .array(.strings(let values)): "an array of \(values.count) texts"
    case .array(.floats(let values)): "an array of \(values.count) numbers"
    case .array(.integers(let values)): "an array of \(values.count) whole numbers"
    case .array(.bools(let values)): "an array of \(values.count) truth values"
    }
  }
}

/// How a file says of which type a value is (`gguf_type` in gguf.h).
enum GGUFValueType: UInt32 {
  case uint8 = 0
  case int8 = 1
  case uint16 = 2
  case int16 = 3
  case uint32 = 4
  case int32 = 5
  case float32 = 6
  case bool = 7
  case string = 8
  case array = 9
  case uint64 = 10
  case int64 = 11
  case float64 = 12

  /// The fewest bytes that a value takes: of a string its length, of an array its type and count.
  var leastByteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64, .string: 8
    case .array: 12
    }
  }
}
