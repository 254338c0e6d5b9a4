import CKernels

extension WeightType {
  /// Whether `encoded` makes this type. ggml's K types are read only: how their scales are found is no definition but a
  /// search, which a model's publisher does once.
  public var canEncode: Bool { isPlain || llava_can_quantize(stored) }

  /// `values`, whole blocks of them, in this type's bytes: plain numbers rounded to the nearest, ties to even, and blocks
  /// bit for bit as ggml's reference makes them (`quantize_row_*_ref` in ggml-quants.c). Only where `canEncode`.
  public func encoded(_ values: [Float]) -> [UInt8] {
    precondition(canEncode, "\(rawValue) is read, not made")
    precondition(
      values.count.isMultiple(of: blockElementCount),
      "\(values.count) numbers are not whole blocks of \(blockElementCount), which \(rawValue) has")
    let byteCount = byteCount(of: values.count)
    return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initializedCount in
      initializedCount = byteCount
      guard byteCount > 0 else { return }
      if isPlain {
        llava_kernels_best().pointee.narrow(buffer.baseAddress!, values, stored, values.count)
      } else {
        llava_quantize(buffer.baseAddress!, values, stored, values.count)
      }
    }
  }
}
