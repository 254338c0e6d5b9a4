/// A GGUF file, version 2 or 3: metadata, and tensors that are mapped and not read.
///
/// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
public struct GGUFFile: Sendable {
  public let path: String
  /// 2 or 3, which differ in nothing that a little-endian file has.
  public let version: Int
  public let metadata: [String: GGUFValue]
  /// Bytes of which every tensor's offset is a multiple.
  public let alignment: Int
  let tensors: [String: StoredTensor]

  /// Throws `unreadable` where there is no such file, `unsupportedType` for a tensor of a type that ggml's table here
  /// does not have, and `malformed` for everything else that the format does not allow.
  public init(path: String) throws(CheckpointError) {
    try self.init(try MappedFile(path: path))
  }

  package init(_ file: MappedFile) throws(CheckpointError) {
    let header = try GGUFHeader(file)
    var tensors: [String: StoredTensor] = [:]
    for entry in header.entries {
      tensors[entry.name] = StoredTensor(
        name: entry.name, shape: entry.shape, type: entry.type.name, weightType: entry.type.weightType,
        range: entry.range, file: file)
    }
    path = file.path
    version = header.version
    metadata = header.metadata
    alignment = header.alignment
    self.tensors = tensors
  }

  /// The names that the file gives its tensors, sorted.
  public var names: [String] { tensors.keys.sorted() }

  public subscript(_ name: String) -> StoredTensor? { tensors[name] }
}
