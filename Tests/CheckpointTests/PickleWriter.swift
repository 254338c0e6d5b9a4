/// The bytes of pickles, opcode by opcode, as Python writes them and as nobody should.
enum PickleWriter {
  static let none: [UInt8] = [0x4e]
  static let mark: [UInt8] = [0x28]
  static let emptyTuple: [UInt8] = [0x29]
  static let tuple1: [UInt8] = [0x85]
  static let tuple2: [UInt8] = [0x86]
  static let tuple3: [UInt8] = [0x87]
  static let tuple: [UInt8] = [0x74]
  static let emptyList: [UInt8] = [0x5d]
  static let append: [UInt8] = [0x61]
  static let emptyDict: [UInt8] = [0x7d]
  static let setItem: [UInt8] = [0x73]
  static let setItems: [UInt8] = [0x75]
  static let stackGlobal: [UInt8] = [0x93]
  static let reduce: [UInt8] = [0x52]
  static let build: [UInt8] = [0x62]
  static let persistentID: [UInt8] = [0x51]
  static let memoize: [UInt8] = [0x94]

  /// `parts` between PROTO 2 and STOP.
  static func pickle(_ parts: [UInt8]...) -> [UInt8] { [0x80, 2] + parts.flatMap { $0 } + [0x2e] }

  static func text(_ text: String) -> [UInt8] {
    [0x58] + SafetensorsWriter.littleEndian(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  static func integer(_ value: Int32) -> [UInt8] { [0x4a] + SafetensorsWriter.littleEndian(value) }

  static func long(_ value: Int64) -> [UInt8] { [0x8a, 8] + SafetensorsWriter.littleEndian(value) }

  static func global(_ module: String, _ name: String) -> [UInt8] { [0x63] + Array("\(module)\n\(name)\n".utf8) }

  static func put(_ index: UInt32) -> [UInt8] { [0x72] + SafetensorsWriter.littleEndian(index) }

  static func get(_ index: UInt32) -> [UInt8] { [0x6a] + SafetensorsWriter.littleEndian(index) }

  static func integers(_ values: [Int64]) -> [UInt8] { mark + values.flatMap(long) + tuple }

  static func storage(_ type: String = "FloatStorage", key: String = "0", count: Int64 = 2) -> [UInt8] {
    mark + text("storage") + global("torch", type) + text(key) + text("cpu") + long(count) + tuple + persistentID
  }

  static func tensor(
    _ storage: [UInt8] = storage(), offset: Int64 = 0, shape: [Int64] = [2], strides: [Int64] = [1],
    rest: [UInt8] = none + none
  ) -> [UInt8] {
    global("torch._utils", "_rebuild_tensor_v2") + mark + storage + long(offset) + integers(shape) + integers(strides)
      + rest + tuple + reduce
  }

  /// A state dict with `value` under the name "a".
  static func dictionary(_ value: [UInt8]) -> [UInt8] { emptyDict + text("a") + value + setItem }
}
