/// The header of a safetensors file, checked: every tensor lies inside the file and has as many bytes as its shape and
/// type need, and together they cover what follows the header without a gap or an overlap, as the format demands.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let shape: [Int]
    /// The type as the file spells it.
    let type: String
    /// Where it lies, counted from the end of the header.
    let range: Range<Int>
  }

  /// In the order in which they lie.
  let entries: [Entry]

  /// `json` is the header's text, after which the file has `bodyByteCount` bytes.
  init(_ json: JSONText, bodyByteCount: Int) throws(CheckpointError) {
    let written = try json.decode(WrittenHeader.self).entries
    let place = json.place
    guard written.count <= Limits.tensorCount else {
      throw Self.malformed(place, "expected at most \(Limits.tensorCount) tensors, found \(written.count)")
    }
    var entries: [Entry] = []
    for (name, tensor) in written {
      entries.append(try Self.entry(name, tensor, bodyByteCount: bodyByteCount, place))
    }
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    try Self.checkCoverage(entries, bodyByteCount: bodyByteCount, place)
    self.entries = entries
  }

  /// Bits of one element. A type that is not here can be in a file, and its size is then taken from its offsets.
  private static let bitCounts = [
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64,
  ]

  private static func entry(
    _ name: String, _ tensor: WrittenHeader.Tensor, bodyByteCount: Int, _ place: String
  ) throws(CheckpointError) -> Entry {
    guard tensor.shape.count <= Limits.dimensionCount, tensor.shape.allSatisfy({ $0 >= 0 }) else {
      throw malformed(place, "\(name): expected at most \(Limits.dimensionCount) dimensions, found \(tensor.shape)")
    }
    let offsets = tensor.offsets
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= bodyByteCount else {
      throw malformed(
        place, "\(name): expected offsets within the \(bodyByteCount) bytes of tensors, found \(offsets)")
    }
    if let bits = bitCounts[tensor.type] {
      let expected = byteCount(of: tensor.shape, elementByteCount: bits / 8)
      guard expected == offsets[1] - offsets[0] else {
        throw malformed(
          place,
          "\(name): \(tensor.type) \(tensor.shape) takes \(expected.map(String.init) ?? "more than 2^63") bytes, "
            + "its offsets \(offsets) hold \(offsets[1] - offsets[0])")
      }
    }
    return Entry(name: name, shape: tensor.shape, type: tensor.type, range: offsets[0]..<offsets[1])
  }

  /// Nil where it is more than an `Int` can say.
  private static func byteCount(of shape: [Int], elementByteCount: Int) -> Int? {
    var byteCount = elementByteCount
    for dimension in shape {
      let (product, overflows) = byteCount.multipliedReportingOverflow(by: dimension)
      if overflows { return nil }
      byteCount = product
    }
    return byteCount
  }

  private static func checkCoverage(
    _ entries: [Entry], bodyByteCount: Int, _ place: String
  ) throws(CheckpointError) {
    var end = 0
    var last = "the header"
    for entry in entries {
      guard entry.range.lowerBound == end else {
        let relation = entry.range.lowerBound < end ? "overlaps" : "leaves a gap after"
        throw malformed(
          place,
          "\(entry.name) \(relation) \(last): expected it at offset \(end), found it at \(entry.range.lowerBound) "
            + "(of two tensors of one name, one is lost)")
      }
      end = entry.range.upperBound
      last = entry.name
    }
    guard end == bodyByteCount else {
      throw malformed(
        place,
        "expected the tensors to end with \(last) at offset \(end), found \(bodyByteCount) bytes of them "
          + "(of two tensors of one name, one is lost)")
    }
  }

  static func malformed(_ place: String, _ reason: String) -> CheckpointError {
    CheckpointError(code: .malformed, message: "\(place): \(reason)")
  }
}

/// The header as it is written: a tensor for every key but `__metadata__`.
private struct WrittenHeader: Decodable {
  struct Tensor: Decodable {
    let type: String
    let shape: [Int]
    /// First byte and end.
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case type = "dtype"
      case shape
      case offsets = "data_offsets"
    }
  }

  let entries: [String: Tensor]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    var entries: [String: Tensor] = [:]
    for key in container.allKeys where key.stringValue != "__metadata__" {
      entries[key.stringValue] = try container.decode(Tensor.self, forKey: key)
    }
    self.entries = entries
  }
}
