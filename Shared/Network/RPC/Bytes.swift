extension [UInt8] {
  mutating func append<Value: FixedWidthInteger>(littleEndian value: Value) {
    for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: value >> Value(shift)))
    }
  }

  /// The little-endian integer at `offset`, or nothing where the bytes end before it does.
  func littleEndian<Value: FixedWidthInteger>(_: Value.Type, at offset: Int) -> Value? {
    let size = Value.bitWidth / 8
    guard offset >= 0, count - offset >= size else { return nil }
    return (0..<size).reduce(0) { $0 | Value(truncatingIfNeeded: self[offset + $1]) << Value($1 * 8) }
  }
}
