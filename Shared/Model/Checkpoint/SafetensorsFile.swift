import Numerics

/// A safetensors file: eight bytes of header length, a JSON header, and the tensors one after another.
///
/// Format: https://github.com/huggingface/safetensors#format
public struct SafetensorsFile: Sendable {
  public let path: String
  let tensors: [String: StoredTensor]

  public init(path: String) throws(CheckpointError) {
    try self.init(try MappedFile(path: path))
  }

  package init(_ file: MappedFile) throws(CheckpointError) {
    let start = try Self.headerEnd(in: file)
    let header = try SafetensorsHeader(
      JSONText(place: file.path, bytes: file.bytes(Self.lengthByteCount..<start)), bodyByteCount: file.byteCount - start
    )
    var tensors: [String: StoredTensor] = [:]
    for entry in header.entries {
      tensors[entry.name] = StoredTensor(
        name: entry.name, shape: entry.shape, type: entry.type, weightType: Self.types[entry.type],
        range: start + entry.range.lowerBound..<start + entry.range.upperBound, file: file)
    }
    path = file.path
    self.tensors = tensors
  }

  /// The names that the file gives its tensors, sorted.
  public var names: [String] { tensors.keys.sorted() }

  public subscript(_ name: String) -> StoredTensor? { tensors[name] }

  private static let types: [String: WeightType] = ["F32": .f32, "F16": .f16, "BF16": .bf16]

  /// Bytes of the number that a file begins with: how long its header is.
  private static let lengthByteCount = 8

  private static func headerEnd(in file: MappedFile) throws(CheckpointError) -> Int {
    guard file.byteCount >= lengthByteCount else {
      throw SafetensorsHeader.malformed(
        file.path, "expected \(lengthByteCount) bytes of header length, found \(file.byteCount) bytes in all")
    }
    let length = file.bytes(0..<lengthByteCount).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Limits.headerByteCount else {
      throw SafetensorsHeader.malformed(
        file.path, "expected a header of at most \(Limits.headerByteCount) bytes, found a length of \(length)")
    }
    let end = lengthByteCount + Int(length)
    guard end <= file.byteCount else {
      throw SafetensorsHeader.malformed(file.path, "the header ends at byte \(end), the file at \(file.byteCount)")
    }
    return end
  }
}
