import Foundation
import Numerics

/// A safetensors file: eight bytes of header length, a JSON header, and the tensors one after another.
///
/// The header is believed only where it agrees with the file: every tensor lies inside it, has as many bytes as its
/// shape and type need, and the tensors cover the rest of the file without a gap or an overlap, as the format demands.
/// Format: https://github.com/huggingface/safetensors#format
public struct SafetensorsFile: Sendable {
  public let path: String
  let tensors: [String: StoredTensor]

  public init(path: String) throws(CheckpointError) {
    let file = try MappedFile(path: path)
    let (header, start) = try Self.header(of: file)
    var tensors: [String: StoredTensor] = [:]
    for (name, entry) in header.entries {
      tensors[name] = try Self.tensor(name, entry, from: start, in: file)
    }
    try Self.checkCoverage(Array(tensors.values), from: start, in: file)
    self.path = path
    self.tensors = tensors
  }

  /// The names that the file gives its tensors, sorted.
  public var names: [String] { tensors.keys.sorted() }

  public subscript(_ name: String) -> StoredTensor? { tensors[name] }

  /// Bits of one element. A type that is not here can be in a file, and its size is then taken from its offsets.
  private static let bitCounts = [
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64,
  ]

  private static let elementTypes: [String: ElementType] = ["F32": .f32, "F16": .f16, "BF16": .bf16]

  /// The header, and where in the file the tensors begin.
  private static func header(of file: MappedFile) throws(CheckpointError) -> (SafetensorsHeader, Int) {
    guard file.byteCount >= 8 else {
      throw malformed(file, "expected 8 bytes of header length, found \(file.byteCount) bytes in all")
    }
    let length = file.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Limits.headerByteCount else {
      throw malformed(file, "expected a header of at most \(Limits.headerByteCount) bytes, found a length of \(length)")
    }
    let start = 8 + Int(length)
    guard start <= file.byteCount else {
      throw malformed(file, "the header ends at byte \(start), the file at \(file.byteCount)")
    }
    let header = try JSONText(place: file.path, bytes: file.bytes(8..<start)).decode(SafetensorsHeader.self)
    guard header.entries.count <= Limits.tensorCount else {
      throw malformed(file, "expected at most \(Limits.tensorCount) tensors, found \(header.entries.count)")
    }
    return (header, start)
  }

  private static func tensor(
    _ name: String, _ entry: SafetensorsHeader.Entry, from start: Int, in file: MappedFile
  ) throws(CheckpointError) -> StoredTensor {
    guard entry.shape.count <= Limits.dimensionCount, entry.shape.allSatisfy({ $0 >= 0 }) else {
      throw malformed(file, "\(name): expected at most \(Limits.dimensionCount) dimensions, found \(entry.shape)")
    }
    let offsets = entry.offsets
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= file.byteCount - start else {
      throw malformed(
        file, "\(name): expected offsets within the \(file.byteCount - start) bytes of tensors, found \(offsets)")
    }
    if let bits = bitCounts[entry.type] {
      var byteCount: Int? = bits / 8
      for dimension in entry.shape {
        let (product, overflows) = (byteCount ?? 0).multipliedReportingOverflow(by: dimension)
        byteCount = overflows ? nil : product
        if overflows { break }
      }
      guard byteCount == offsets[1] - offsets[0] else {
        throw malformed(
          file,
          "\(name): \(entry.type) \(entry.shape) takes \(byteCount.map(String.init) ?? "more than 2^63") bytes, "
            + "its offsets \(offsets) hold \(offsets[1] - offsets[0])")
      }
    }
    return StoredTensor(
      name: name, shape: entry.shape, type: entry.type, elementType: elementTypes[entry.type],
      range: start + offsets[0]..<start + offsets[1], file: file)
  }

  private static func checkCoverage(
    _ tensors: [StoredTensor], from start: Int, in file: MappedFile
  ) throws(CheckpointError) {
    var end = start
    var last = "the header"
    let ordered = tensors.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for tensor in ordered {
      guard tensor.range.lowerBound == end else {
        let relation = tensor.range.lowerBound < end ? "overlaps" : "leaves a gap after"
        throw malformed(
          file, "\(tensor.name) \(relation) \(last): expected it at byte \(end), found it at \(tensor.range.lowerBound)"
        )
      }
      end = tensor.range.upperBound
      last = tensor.name
    }
    guard end == file.byteCount else {
      throw malformed(
        file,
        "expected the file to end with \(last) at byte \(end), found \(file.byteCount) bytes "
          + "(a name that stands twice in the header loses one of its tensors)")
    }
  }

  private static func malformed(_ file: MappedFile, _ reason: String) -> CheckpointError {
    CheckpointError(code: .malformed, message: "\(file.path): \(reason)")
  }
}

/// The header's JSON: a tensor for every key but `__metadata__`.
struct SafetensorsHeader: Decodable {
  struct Entry: Decodable {
    let type: String
    let shape: [Int]
    /// First byte and end, counted from the end of the header.
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case type = "dtype"
      case shape
      case offsets = "data_offsets"
    }
  }

  let entries: [String: Entry]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    var entries: [String: Entry] = [:]
    for key in container.allKeys where key.stringValue != "__metadata__" {
      entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
    }
    self.entries = entries
  }
}
