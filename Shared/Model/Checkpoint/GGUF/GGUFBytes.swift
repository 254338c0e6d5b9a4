/// The bytes of a GGUF header as they are written.
struct GGUFBytes {
  private(set) var bytes: [UInt8] = []

  mutating func append<Integer: FixedWidthInteger>(_ integer: Integer) {
    for shift in stride(from: 0, to: Integer.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: integer >> Integer(shift)))
    }
  }

  mutating func append(string: some Collection<UInt8>) {
    append(UInt64(string.count))
    bytes.append(contentsOf: string)
  }

  mutating func append(key: String, _ value: GGUFValue) {
    append(string: key.utf8)
    switch value {
    case .unsigned(let value):
      if let small = UInt32(exactly: value) { append(.uint32, small) } else { append(.uint64, value) }
    case .signed(let value):
      if let small = Int32(exactly: value) { append(.int32, small) } else { append(.int64, value) }
    case .float(let value): append(.float32, Float(value).bitPattern)
    case .bool(let value): append(.bool, UInt8(value ? 1 : 0))
    case .string(let value):
      append(GGUFValueType.string.rawValue)
      append(string: value.utf8)
    case .array(let array):
      append(GGUFValueType.array.rawValue)
      append(array)
    }
  }

  /// Zeros up to a multiple of `alignment`.
  mutating func pad(to alignment: Int) {
    let rest = bytes.count % alignment
    if rest > 0 { bytes.append(contentsOf: [UInt8](repeating: 0, count: alignment - rest)) }
  }

  private mutating func append(_ type: GGUFValueType, _ value: some FixedWidthInteger) {
    append(type.rawValue)
    append(value)
  }

  private mutating func append(_ array: GGUFArray) {
    switch array {
    case .strings(let strings):
      append(.string, UInt64(strings.count))
      for string in strings { append(string: string) }
    case .floats(let numbers):
      append(.float32, UInt64(numbers.count))
      for number in numbers { append(number.bitPattern) }
    case .integers(let integers):
      let areSmall = integers.allSatisfy { Int32(exactly: $0) != nil }
      append(areSmall ? .int32 : .int64, UInt64(integers.count))
      for integer in integers {
        if areSmall { append(Int32(integer)) } else { append(Int64(integer)) }
      }
    case .bools(let flags):
      append(.bool, UInt64(flags.count))
      for flag in flags { append(UInt8(flag ? 1 : 0)) }
    }
  }
}
