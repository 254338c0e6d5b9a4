import Numerics

/// A GGUF file before its tensors are there: the header's bytes, and how many bytes each tensor is to have.
struct GGUFPlan {
  let tensors: [GGUFTensor]
  /// Of each tensor, without its padding.
  let byteCounts: [Int]
  /// Up to where the tensors begin.
  let header: [UInt8]

  init(path: String, metadata: [(key: String, value: GGUFValue)], tensors: [GGUFTensor]) throws(CheckpointError) {
    try Self.checkKeys(metadata, path)
    try Self.checkNames(tensors, path)
    self.tensors = tensors
    byteCounts = try tensors.map { (tensor) throws(CheckpointError) in try Self.byteCount(of: tensor, path) }

    var bytes = GGUFBytes()
    bytes.append(GGUFHeader.magic)
    bytes.append(UInt32(3))
    bytes.append(UInt64(tensors.count))
    bytes.append(UInt64(metadata.count))
    for (key, value) in metadata { bytes.append(key: key, value) }
    var offset = 0
    for (tensor, byteCount) in zip(tensors, byteCounts) {
      bytes.append(string: tensor.name.utf8)
      bytes.append(UInt32(tensor.shape.count))
      for dimension in tensor.shape.reversed() { bytes.append(UInt64(dimension)) }
      bytes.append(GGMLType(tensor.type).code)
      bytes.append(UInt64(offset))
      offset += Self.padded(byteCount)
    }
    bytes.pad(to: GGUFHeader.defaultAlignment)
    guard bytes.bytes.count <= GGUFLimits.headerByteCount else {
      throw Self.unwritable(
        path, "expected a header of at most \(GGUFLimits.headerByteCount) bytes, found \(bytes.bytes.count)")
    }
    header = bytes.bytes
  }

  static func padded(_ byteCount: Int) -> Int {
    (byteCount + GGUFHeader.defaultAlignment - 1) / GGUFHeader.defaultAlignment * GGUFHeader.defaultAlignment
  }

  static func unwritable(_ path: String, _ reason: String) -> CheckpointError {
    CheckpointError(code: .unwritable, message: "\(path): \(reason)")
  }

  private static func checkKeys(
    _ metadata: [(key: String, value: GGUFValue)], _ path: String
  ) throws(CheckpointError) {
    var keys: Set<String> = []
    for (key, value) in metadata {
      guard keys.insert(key).inserted else { throw unwritable(path, "\(key): expected the key once, found it twice") }
      guard key.utf8.count <= GGUFLimits.keyByteCount else {
        throw unwritable(path, "\(key.prefix(40))…: expected a key of at most \(GGUFLimits.keyByteCount) bytes")
      }
      if key == GGUFHeader.alignmentKey, value != .unsigned(UInt64(GGUFHeader.defaultAlignment)) {
        throw unwritable(path, "\(key): expected \(GGUFHeader.defaultAlignment), found \(value.kind)")
      }
    }
  }

  private static func checkNames(_ tensors: [GGUFTensor], _ path: String) throws(CheckpointError) {
    guard tensors.count <= Limits.tensorCount else {
      throw unwritable(path, "expected at most \(Limits.tensorCount) tensors, found \(tensors.count)")
    }
    var names: Set<String> = []
    for tensor in tensors {
      guard names.insert(tensor.name).inserted else {
        throw unwritable(path, "\(tensor.name): expected one tensor of this name, found two")
      }
      guard tensor.name.utf8.count <= GGUFLimits.writtenNameByteCount else {
        throw unwritable(
          path,
          "\(tensor.name): expected a name of at most \(GGUFLimits.writtenNameByteCount) bytes for ggml, "
            + "found \(tensor.name.utf8.count)")
      }
    }
  }

  private static func byteCount(of tensor: GGUFTensor, _ path: String) throws(CheckpointError) -> Int {
    guard tensor.shape.count <= GGUFLimits.dimensionCount, tensor.shape.allSatisfy({ $0 >= 0 }) else {
      throw unwritable(
        path, "\(tensor.name): expected at most \(GGUFLimits.dimensionCount) dimensions, found \(tensor.shape)")
    }
    guard (tensor.shape.last ?? 1).isMultiple(of: tensor.type.blockElementCount) else {
      throw unwritable(
        path,
        "\(tensor.name): expected rows of whole blocks of \(tensor.type.blockElementCount) numbers "
          + "for \(tensor.type.rawValue), found \(tensor.shape)")
    }
    var byteCount = tensor.type.byteCount(of: tensor.shape.last ?? 1)
    for dimension in tensor.shape.dropLast() {
      let (product, overflows) = byteCount.multipliedReportingOverflow(by: dimension)
      guard !overflows, product <= GGUFLimits.writtenTensorByteCount else {
        throw unwritable(
          path,
          "\(tensor.name): expected at most \(GGUFLimits.writtenTensorByteCount) bytes, "
            + "found \(tensor.type.rawValue) \(tensor.shape)")
      }
      byteCount = product
    }
    return byteCount
  }
}
