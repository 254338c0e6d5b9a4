@testable import Checkpoint

/// The bytes of a GGUF file, wrong ones too: every field can be written as the format has it or otherwise.
struct GGUFBuilder {
  struct Tensor {
    var name = "t"
    /// As the file has them, innermost first.
    var dimensions: [UInt64] = [4]
    var dimensionCount: UInt32?
    var type: UInt32 = 0
    var offset: UInt64 = 0
  }

  var magic: [UInt8] = Array("GGUF".utf8)
  var version: UInt32 = 3
  var tensorCount: UInt64?
  var keyCount: UInt64?
  /// A key, the code of its value's type, the value's bytes.
  var pairs: [(key: [UInt8], type: UInt32, value: [UInt8])] = []
  var tensors: [Tensor] = []
  /// What follows the header and its padding.
  var body: [UInt8] = []
  var alignment = 32

  mutating func add(_ key: String, _ type: GGUFValueType, _ value: [UInt8]) {
    pairs.append((Array(key.utf8), type.rawValue, value))
  }

  mutating func add(_ key: String, arrayOf type: UInt32, count: UInt64, _ elements: [UInt8]) {
    add(key, .array, Self.bytes(type) + Self.bytes(count) + elements)
  }

  static func bytes(_ value: some FixedWidthInteger) -> [UInt8] { SafetensorsWriter.littleEndian(value) }

  static func string(_ text: String) -> [UInt8] { bytes(UInt64(text.utf8.count)) + Array(text.utf8) }

  var header: [UInt8] {
    var bytes = magic + Self.bytes(version)
    bytes += Self.bytes(tensorCount ?? UInt64(tensors.count)) + Self.bytes(keyCount ?? UInt64(pairs.count))
    for pair in pairs {
      bytes += Self.bytes(UInt64(pair.key.count)) + pair.key + Self.bytes(pair.type) + pair.value
    }
    for tensor in tensors {
      bytes += Self.string(tensor.name) + Self.bytes(tensor.dimensionCount ?? UInt32(tensor.dimensions.count))
      bytes += tensor.dimensions.flatMap { Self.bytes($0) } + Self.bytes(tensor.type) + Self.bytes(tensor.offset)
    }
    return bytes
  }

  var file: [UInt8] {
    let header = header
    return header + [UInt8](repeating: 0, count: (alignment - header.count % alignment) % alignment) + body
  }

  /// A small file with a value of every kind, and tensors of plain numbers and of blocks, ending with the last one.
  static var small: GGUFBuilder {
    var builder = GGUFBuilder()
    builder.add("general.architecture", .string, string("llama"))
    builder.add("general.alignment", .uint32, bytes(UInt32(32)))
    builder.add("count", .uint64, bytes(UInt64(7)))
    builder.add("epsilon", .float32, bytes(Float(1e-5).bitPattern))
    builder.add("flag", .bool, [1])
    builder.add("tokens", arrayOf: 8, count: 3, string("<s>") + string("") + bytes(UInt64(2)) + [0xff, 0xfe])
    builder.add("scores", arrayOf: 6, count: 2, bytes(Float(-1).bitPattern) + bytes(Float(0.5).bitPattern))
    builder.add("types", arrayOf: 5, count: 2, bytes(Int32(-3)) + bytes(Int32(6)))
    builder.tensors = [
      Tensor(name: "a", dimensions: [3, 2], type: 0, offset: 0),
      Tensor(name: "b", dimensions: [32, 1], type: 8, offset: 32),
      Tensor(name: "c", dimensions: [3], type: 1, offset: 96),
    ]
    builder.body = (0..<102).map { UInt8($0) }
    return builder
  }
}
