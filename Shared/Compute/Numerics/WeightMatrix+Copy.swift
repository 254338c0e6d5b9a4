extension WeightMatrix {
  /// A matrix of `bytes` in memory of its own: `rows` rows of `columns` numbers, a row being whole blocks of `type`.
  public init(copying bytes: [UInt8], rows: Int, columns: Int, type: WeightType) {
    let copy = WeightCopy(bytes)
    self.init(rows: rows, columns: columns, type: type, bytes: UnsafeRawBufferPointer(copy.bytes), keepingAlive: copy)
  }
}

private final class WeightCopy: @unchecked Sendable {  // sound: written once, before anybody else has it
  let bytes: UnsafeMutableRawBufferPointer

  init(_ values: [UInt8]) {
    bytes = .allocate(byteCount: values.count, alignment: 64)
    bytes.copyBytes(from: values)
  }

  deinit { bytes.deallocate() }
}
