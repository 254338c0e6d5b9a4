import CKernels

extension Tensor {
  /// The rows one after the other as little-endian numbers of `type`, rounded to the nearest, ties to even.
  public func encoded(as type: ElementType) -> [UInt8] {
    let byteCount = count * type.byteCount
    return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initializedCount in
      compute.kernels.narrow(buffer.baseAddress!, base, type.stored, count)
      initializedCount = byteCount
    }
  }

  /// What `encoded(as:)` wrote. `bytes` must be exactly `rows * columns` numbers.
  public init(decoding bytes: RawSpan, as type: ElementType, rows: Int, columns: Int, on compute: Compute) {
    precondition(
      bytes.byteCount == rows * columns * type.byteCount,
      "\(rows) x \(columns) \(type): expected \(rows * columns * type.byteCount) bytes, found \(bytes.byteCount)")
    self.init(uninitialized: rows, columns, on: compute)
    guard count > 0 else { return }
    bytes.withUnsafeBytes { compute.kernels.widen(base, $0.baseAddress!, type.stored, count) }
  }
}

extension ElementType {
  /// `values` as little-endian numbers of this type, rounded to the nearest, ties to even.
  public func encoded(_ values: [Float]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: values.count * byteCount) { buffer, initializedCount in
      initializedCount = values.count * byteCount
      guard initializedCount > 0 else { return }
      llava_kernels_best().pointee.narrow(buffer.baseAddress!, values, stored, values.count)
    }
  }

  /// What is left of `values` after they were stored in this type.
  public func rounded(_ values: [Float]) -> [Float] { decoded(encoded(values).span.bytes) }

  /// What `encoded` wrote; a last piece that is no whole number is left out.
  public func decoded(_ bytes: RawSpan) -> [Float] {
    let count = bytes.byteCount / byteCount
    return [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      initializedCount = count
      guard count > 0 else { return }
      bytes.withUnsafeBytes {
        llava_kernels_best().pointee.widen(buffer.baseAddress!, $0.baseAddress!, stored, count)
      }
    }
  }
}
