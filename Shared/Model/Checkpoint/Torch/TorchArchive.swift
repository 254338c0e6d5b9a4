import Numerics

/// The entries of a file that torch has saved: `NAME/data.pkl`, and `NAME/data/KEY` for each storage.
struct TorchArchive {
  /// Where the pickle lies.
  let pickle: Range<Int>
  private let file: MappedFile
  private let entries: [String: Range<Int>]
  /// What all names begin with.
  private let folder: String

  init(_ file: MappedFile) throws(CheckpointError) {
    entries = try ZipDirectory(file).entries
    self.file = file
    let pickles = entries.keys.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
    guard pickles.count == 1, let name = pickles.first, let pickle = entries[name] else {
      throw Self.malformed(file, "expected one entry data.pkl in the archive, found \(pickles.sorted())")
    }
    folder = String(name.dropLast("data.pkl".count))
    self.pickle = pickle
    guard pickle.count <= Limits.pickleByteCount else {
      throw Self.malformed(
        file, "data.pkl: expected at most \(Limits.pickleByteCount) bytes, found \(pickle.count)")
    }
    if entries.keys.contains(where: { $0.hasPrefix(folder + "code/") }) {
      throw Self.malformed(file, "expected a state dict, found a TorchScript program: save model.state_dict() instead")
    }
    if let order = entries[folder + "byteorder"], file.bytes(order) != Array("little".utf8) {
      throw Self.malformed(
        file, "byteorder: expected little, found \(String(decoding: file.bytes(order), as: UTF8.self))")
    }
  }

  /// The tensor where it lies, which has to be row by row.
  func stored(_ tensor: TorchTensor, named name: String) throws(CheckpointError) -> StoredTensor {
    let storage = tensor.storage
    guard let entry = entries["\(folder)data/\(storage.key)"] else {
      throw Self.malformed(file, "\(name): expected its numbers in the entry data/\(storage.key), found no such entry")
    }
    guard let count = Self.elementCount(tensor.shape), tensor.offset >= 0, storage.elementCount >= 0,
      storage.elementCount <= entry.count / storage.elementByteCount,
      count <= storage.elementCount, tensor.offset <= storage.elementCount - count
    else {
      throw Self.malformed(
        file,
        "\(name): \(storage.type) \(tensor.shape) from element \(tensor.offset) does not fit the "
          + "\(storage.elementCount) elements of its storage, for which the file has \(entry.count) bytes")
    }
    guard Self.areRowMajor(tensor.strides, tensor.shape) else {
      throw Self.malformed(
        file,
        "\(name): expected a tensor that lies row by row, found \(tensor.shape) with strides \(tensor.strides): "
          + "save it with .contiguous()")
    }
    let start = entry.lowerBound + tensor.offset * storage.elementByteCount
    return StoredTensor(
      name: name, shape: tensor.shape, type: storage.type, weightType: WeightType(rawValue: storage.type),
      range: start..<start + count * storage.elementByteCount, file: file)
  }

  /// Nil where it is more than an `Int` can say, or a dimension is negative.
  private static func elementCount(_ shape: [Int]) -> Int? {
    var count = 1
    for dimension in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: dimension)
      if overflows || dimension < 0 { return nil }
      count = product
    }
    return count
  }

  /// A dimension of one element may have any stride, and so may all of an empty tensor.
  private static func areRowMajor(_ strides: [Int], _ shape: [Int]) -> Bool {
    guard !shape.contains(0) else { return true }
    var expected = 1
    for (stride, dimension) in zip(strides, shape).reversed() {
      if dimension > 1, stride != expected { return false }
      expected *= dimension
    }
    return true
  }

  private static func malformed(_ file: MappedFile, _ reason: String) -> CheckpointError {
    CheckpointError(code: .malformed, message: "\(file.path): \(reason)")
  }
}
