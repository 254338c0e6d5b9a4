/// What a GGUF file has before its tensors, checked: every tensor is whole blocks of a known type, lies aligned and
/// inside the file, and shares no byte with another.
struct GGUFHeader {
  struct Entry {
    let name: String
    /// Outermost dimension first, as everything here counts them; the file has them the other way round.
    let shape: [Int]
    let type: GGMLType
    /// Where it lies in the file.
    let range: Range<Int>
  }

  let version: Int
  let metadata: [String: GGUFValue]
  /// In the order in which the file describes them.
  let entries: [Entry]
  /// Bytes of which every tensor's offset is a multiple.
  let alignment: Int

  init(_ file: MappedFile) throws(CheckpointError) {
    var cursor = GGUFCursor(file)
    version = try Self.version(&cursor)
    let tensorCount = try cursor.count(
      "the number of tensors", atMost: Limits.tensorCount, each: Self.leastDescriptionByteCount)
    let keyCount = try cursor.count(
      "the number of keys", atMost: GGUFLimits.keyCount, each: Self.leastPairByteCount)
    metadata = try Self.metadata(keyCount, &cursor)
    alignment = try Self.alignment(metadata, &cursor)
    let tensors = try (0..<tensorCount).map { (_) throws(CheckpointError) in try GGUFDescription(&cursor) }

    let start = (cursor.offset + alignment - 1) / alignment * alignment
    var entries: [Entry] = []
    for tensor in tensors {
      cursor.place = tensor.name
      entries.append(try Self.entry(tensor, start: start, fileByteCount: file.byteCount, alignment, cursor))
    }
    try Self.checkNames(entries, &cursor)
    try Self.checkOverlaps(entries, &cursor)
    self.entries = entries
  }

  /// "GGUF", read as a little-endian number.
  static let magic: UInt32 = 0x4655_4747
  /// Bytes; where a file says nothing else (`GGUF_DEFAULT_ALIGNMENT` in gguf.h).
  static let defaultAlignment = 32
  static let alignmentKey = "general.alignment"

  /// A key's length, and the type of a value of one byte.
  private static let leastPairByteCount = 8 + 4 + 1
  /// A name's length, the number of dimensions, the type and the offset.
  private static let leastDescriptionByteCount = 8 + 4 + 4 + 8

  private static func version(_ cursor: inout GGUFCursor) throws(CheckpointError) -> Int {
    let found: UInt32 = try cursor.integer("the first four bytes")
    guard found == magic else {
      throw cursor.malformed(
        "expected the file to begin with \"GGUF\", found 0x\(String(found.byteSwapped, radix: 16))")
    }
    let version: UInt32 = try cursor.integer("version")
    guard version & 0xffff != 0 else {
      throw cursor.malformed("expected a little-endian file, found a big-endian one of version \(version.byteSwapped)")
    }
    guard version == 2 || version == 3 else {
      let advice = version == 1 ? "; convert the model again with a newer llama.cpp" : ""
      throw cursor.malformed("expected version 2 or 3, found \(version)\(advice)")
    }
    return Int(version)
  }

  private static func metadata(
    _ count: Int, _ cursor: inout GGUFCursor
  ) throws(CheckpointError) -> [String: GGUFValue] {
    var metadata: [String: GGUFValue] = [:]
    for index in 0..<count {
      cursor.place = "key \(index)"
      let key = try cursor.name("key", atMost: GGUFLimits.keyByteCount)
      cursor.place = key
      let value = try cursor.value()
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw cursor.malformed("expected the key once, found it twice")
      }
    }
    return metadata
  }

  private static func alignment(
    _ metadata: [String: GGUFValue], _ cursor: inout GGUFCursor
  ) throws(CheckpointError) -> Int {
    guard let value = metadata[alignmentKey] else { return defaultAlignment }
    cursor.place = alignmentKey
    guard case .unsigned(let alignment) = value, alignment.nonzeroBitCount == 1, alignment <= GGUFLimits.alignment
    else {
      throw cursor.malformed("expected a power of two up to \(GGUFLimits.alignment), found \(value.kind)")
    }
    return Int(alignment)
  }

  private static func entry(
    _ tensor: GGUFDescription, start: Int, fileByteCount: Int, _ alignment: Int, _ cursor: GGUFCursor
  ) throws(CheckpointError) -> Entry {
    let byteCount = try tensor.byteCount(cursor)
    guard tensor.offset.isMultiple(of: UInt64(alignment)) else {
      throw cursor.malformed("expected an offset that is a multiple of \(alignment), found \(tensor.offset)")
    }
    let room = max(fileByteCount - start, 0)
    // The start is aligned, so it can lie after the end; then even a tensor of no bytes has no place.
    guard start <= fileByteCount, byteCount <= room, tensor.offset <= room - byteCount else {
      throw cursor.malformed(
        "expected its \(byteCount) bytes within the \(room) bytes of tensors, found them at offset \(tensor.offset)")
    }
    let first = start + Int(tensor.offset)
    return Entry(name: tensor.name, shape: tensor.shape, type: tensor.type, range: first..<first + byteCount)
  }

  private static func checkNames(_ entries: [Entry], _ cursor: inout GGUFCursor) throws(CheckpointError) {
    var names: Set<String> = []
    for entry in entries where !names.insert(entry.name).inserted {
      cursor.place = entry.name
      throw cursor.malformed("expected one tensor of this name, found two")
    }
  }

  private static func checkOverlaps(_ entries: [Entry], _ cursor: inout GGUFCursor) throws(CheckpointError) {
    let laid = entries.filter { !$0.range.isEmpty }.sorted { $0.range.lowerBound < $1.range.lowerBound }
    for (before, after) in zip(laid, laid.dropFirst()) where after.range.lowerBound < before.range.upperBound {
      cursor.place = after.name
      throw cursor.malformed(
        "expected it after \(before.name), which ends at byte \(before.range.upperBound), "
          + "found it at byte \(after.range.lowerBound)")
    }
  }
}
