/// A PyTorch file: a zip archive of one pickled state dict and its storages, which are mapped and not read. No code of
/// the file's runs: what is no plain state dict is refused.
///
/// Format: https://docs.pytorch.org/docs/stable/notes/serialization.html#saved-file-format
public struct TorchFile: Sendable {
  public let path: String
  let tensors: [String: StoredTensor]

  /// Throws `unreadable` where there is no such file, `unsupportedFormat` for files of torch that are no plain state
  /// dicts (the message says how to save one), and `malformed` for what contradicts itself.
  public init(path: String) throws(CheckpointError) {
    try self.init(try MappedFile(path: path))
  }

  package init(_ file: MappedFile) throws(CheckpointError) {
    let archive = try TorchArchive(file)
    let described = try StateDict(FileCursor(file, archive.pickle, "data.pkl")).tensors
    var tensors: [String: StoredTensor] = [:]
    for (name, tensor) in described.sorted(by: { $0.key < $1.key }) {
      tensors[name] = try tensor.stored(as: name, in: archive)
    }
    path = file.path
    self.tensors = tensors
  }

  /// The names that the state dict gives its tensors, sorted.
  public var names: [String] { tensors.keys.sorted() }

  public subscript(_ name: String) -> StoredTensor? { tensors[name] }
}
