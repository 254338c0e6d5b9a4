/// Writes safetensors files, wrong ones too.
struct SafetensorsWriter {
  struct Entry {
    var name: String
    var type: String
    var shape: [Int]
    var bytes: [UInt8]
  }

  var entries: [Entry] = []

  /// A tensor of `Float`s 0, 1, 2…
  mutating func add(_ name: String, _ shape: [Int]) {
    let values = (0..<shape.reduce(1, *)).map(Float.init)
    add(name, "F32", shape, values.flatMap { Self.littleEndian($0.bitPattern) })
  }

  mutating func add(_ name: String, _ type: String, _ shape: [Int], _ bytes: [UInt8]) {
    entries.append(Entry(name: name, type: type, shape: shape, bytes: bytes))
  }

  var header: String {
    var offset = 0
    let fields = entries.map { entry in
      defer { offset += entry.bytes.count }
      return Self.field(entry.name, entry.type, entry.shape, offset, offset + entry.bytes.count)
    }
    return "{" + ([#""__metadata__":{"format":"pt"}"#] + fields).joined(separator: ",") + "}"
  }

  var file: [UInt8] { Self.file(header: header, body: entries.flatMap(\.bytes)) }

  static func field(_ name: String, _ type: String, _ shape: [Int], _ start: Int, _ end: Int) -> String {
    #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[\#(start),\#(end)]}"#
  }

  static func file(header: String, body: [UInt8]) -> [UInt8] {
    littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + body
  }

  static func littleEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    (0..<Integer.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }
}
