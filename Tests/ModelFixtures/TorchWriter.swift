/// Writes what torch.save would write for a state dict, as plain as it can be: for tests that have no torch.
struct TorchWriter {
  private var pickle: [UInt8] = [0x80, 2, UInt8(ascii: "}"), UInt8(ascii: "(")]
  private var storages: [(key: String, bytes: [UInt8])] = []

  private static let classes = ["F32": "FloatStorage", "F16": "HalfStorage", "BF16": "BFloat16Storage"]

  mutating func add(_ name: String, type: String, shape: [Int], bytes: [UInt8]) {
    let key = "\(storages.count)"
    let count = shape.reduce(1, *)
    append(text: name)
    append(global: "torch._utils", "_rebuild_tensor_v2")
    append("((")
    append(text: "storage")
    append(global: "torch", Self.classes[type]!)
    append(text: key)
    append(text: "cpu")
    append(number: count)
    append("tQ")
    append(number: 0)
    append(tuple: shape)
    append(tuple: shape.indices.map { shape[($0 + 1)...].reduce(1, *) })
    pickle.append(0x89)  // no gradient
    append("}tR")
    storages.append((key, bytes))
  }

  /// The archive.
  var file: [UInt8] {
    var zip: [UInt8] = []
    var directory: [UInt8] = []
    let entries =
      [("data.pkl", pickle + Array("u.".utf8)), ("version", Array("3\n".utf8))]
      + storages.map { ("data/\($0.key)", $0.bytes) }
    for (name, bytes) in entries {
      let path = Array("archive/\(name)".utf8)
      let sizes = Self.little(0, 4) + Self.little(bytes.count, 4) + Self.little(bytes.count, 4)
      let offset = zip.count
      zip += Self.little(0x0403_4b50, 4) + Self.little(0, 10) + sizes + Self.little(path.count, 2) + Self.little(0, 2)
      zip += path + bytes
      directory += Self.little(0x0201_4b50, 4) + Self.little(0, 12) + sizes + Self.little(path.count, 2)
      directory += Self.little(0, 12) + Self.little(offset, 4) + path
    }
    let start = zip.count
    zip += directory + Self.little(0x0605_4b50, 4) + Self.little(0, 4)
    zip += Self.little(entries.count, 2) + Self.little(entries.count, 2) + Self.little(directory.count, 4)
    return zip + Self.little(start, 4) + Self.little(0, 2)
  }

  private mutating func append(_ opcodes: String) { pickle += Array(opcodes.utf8) }

  private mutating func append(text: String) {
    pickle += [UInt8(ascii: "X")] + Self.little(text.utf8.count, 4) + Array(text.utf8)
  }

  private mutating func append(global module: String, _ name: String) { append("c\(module)\n\(name)\n") }

  private mutating func append(number: Int) { pickle += [UInt8(ascii: "J")] + Self.little(number, 4) }

  private mutating func append(tuple numbers: [Int]) {
    append("(")
    for number in numbers { append(number: number) }
    append("t")
  }

  private static func little(_ value: Int, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
