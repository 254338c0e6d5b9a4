/// The bytes of one or more tensors, as a pickle describes them.
struct TorchStorage: Equatable {
  /// Which file of the archive they are in.
  let key: String
  let type: TorchStorageType
  let elementCount: Int
}

/// A view of a storage, as a pickle describes it; offset and strides count elements.
struct TorchTensor: Equatable {
  let storage: TorchStorage
  let offset: Int
  let shape: [Int]
  let strides: [Int]

  /// Where the tensor lies, checked: its storage is as large as it says, the tensor is inside, and its elements lie one
  /// after another, the last dimension's nearest to each other.
  func stored(as name: String, in archive: TorchArchive) throws(CheckpointError) -> StoredTensor {
    func malformed(_ reason: String) -> CheckpointError { TorchArchive.malformed(archive.file, "\(name): \(reason)") }
    guard let bytes = archive.storage(storage.key) else {
      throw malformed("expected its storage data/\(storage.key) in the archive, found none")
    }
    let width = storage.type.byteCount
    guard storage.elementCount == bytes.count / width, bytes.count.isMultiple(of: width) else {
      throw malformed(
        "expected \(storage.elementCount) elements of \(width) bytes in data/\(storage.key), found \(bytes.count) bytes"
      )
    }
    guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), shape.count == strides.count else {
      throw malformed("expected sizes and as many strides, found offset \(offset), \(shape) and \(strides)")
    }
    guard let count = elementCount else { throw malformed("\(shape) has more than 2^63 elements") }
    guard isContiguous else {
      throw TorchArchive.unsupported(
        archive.file, "\(name) row after row",
        "\(shape) with strides \(strides); call contiguous() on it before torch.save, or convert the file to "
          + "safetensors")
    }
    guard offset <= storage.elementCount, count <= storage.elementCount - offset else {
      throw malformed(
        "expected \(shape) at element \(offset) within the \(storage.elementCount) elements of data/\(storage.key)")
    }
    let start = bytes.lowerBound + offset * width
    return StoredTensor(
      name: name, shape: shape, type: storage.type.name, weightType: storage.type.weightType,
      range: start..<start + count * width, file: archive.file)
  }

  /// Nil where it is more than an `Int` can say.
  private var elementCount: Int? {
    if shape.contains(0) { return 0 }
    var count = 1
    for dimension in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: dimension)
      if overflows { return nil }
      count = product
    }
    return count
  }

  /// As `torch.Tensor.is_contiguous`: no stride is taken in a dimension of one, nor in an empty tensor. The elements
  /// have to be countable.
  private var isContiguous: Bool {
    if shape.contains(0) { return true }
    var expected = 1
    for (dimension, stride) in zip(shape, strides).reversed() where dimension != 1 {
      if stride != expected { return false }
      expected *= dimension
    }
    return true
  }
}
