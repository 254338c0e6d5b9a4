import Numerics

/// A file that torch has saved: a zip archive of one pickled state dict and the storages of its tensors.
///
/// Format: torch/serialization.py and caffe2/serialize/inline_container.cc of PyTorch 1.6 and newer.
public struct TorchFile: Sendable {
  public let path: String
  let tensors: [String: StoredTensor]

  public init(path: String) throws(CheckpointError) {
    try self.init(try MappedFile(path: path))
  }

  init(_ file: MappedFile) throws(CheckpointError) {
    try Self.checkKind(of: file)
    let archive = try TorchArchive(file)
    let top = try PickleMachine.value(of: file.bytes(archive.pickle), path: file.path)
    var tensors: [String: StoredTensor] = [:]
    for (name, tensor) in try Self.stateDictionary(top, file) {
      guard tensors.updateValue(try archive.stored(tensor, named: name), forKey: name) == nil else {
        throw CheckpointError(code: .malformed, message: "\(file.path): expected \(name) once, found it twice")
      }
    }
    path = file.path
    self.tensors = tensors
  }

  /// The names that the file gives its tensors, sorted.
  public var names: [String] { tensors.keys.sorted() }

  public subscript(_ name: String) -> StoredTensor? { tensors[name] }

  /// A checkpoint of a training run has the weights under one of these.
  private static let wrappings = ["state_dict", "model"]

  /// The tensors of a dictionary, or of one that it wraps; what is no tensor is passed by.
  private static func stateDictionary(
    _ top: PickleValue, _ file: MappedFile
  ) throws(CheckpointError) -> [(name: String, tensor: TorchTensor)] {
    guard case .dictionary(let dictionary) = top else {
      throw CheckpointError(
        code: .malformed, message: "\(file.path): expected a state dict, found \(top.kind)")
    }
    let tensors = self.tensors(in: dictionary.content)
    guard tensors.isEmpty else { return tensors }
    for (key, value) in dictionary.content {
      if case .string(let name) = key, wrappings.contains(name), case .dictionary(let wrapped) = value {
        return self.tensors(in: wrapped.content)
      }
    }
    return []
  }

  private static func tensors(
    in items: [(key: PickleValue, value: PickleValue)]
  ) -> [(name: String, tensor: TorchTensor)] {
    items.compactMap { key, value in
      if case .string(let name) = key, case .tensor(let tensor) = value { (name, tensor) } else { nil }
    }
  }

  /// Names what the file is instead, where it is something that people take for this.
  private static func checkKind(of file: MappedFile) throws(CheckpointError) {
    func starts(with bytes: [UInt8], at offset: Int = 0) -> Bool {
      file.byteCount >= offset + bytes.count && file.bytes(offset..<offset + bytes.count) == bytes
    }
    let found: String
    if starts(with: [0x80, 0x02, 0x8a, 0x0a]) {
      found = "one of torch before 1.6: load it with torch and save it again"
    } else if starts(with: Array("ustar".utf8), at: 257) {
      found = "a tar archive: unpack it, or load it with torch and save it again"
    } else if starts(with: Array("version https://git-lfs".utf8)) {
      found = "the place holder of a large file: fetch it with git lfs pull"
    } else if starts(with: Array("PK".utf8)) {
      return
    } else {
      found = "something else"
    }
    throw CheckpointError(
      code: .malformed, message: "\(file.path): expected a zip archive that torch has saved, found \(found)")
  }
}
