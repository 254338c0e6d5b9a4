extension PickleMachine {
  mutating func perform(_ opcode: PickleOpcode) throws(CheckpointError) {
    switch opcode {
    case .proto: try checkProtocol()
    case .frame: try frame()
    case .stop: break
    case .none, .newTrue, .newFalse: try push(.other)
    case .binInt: try push(.integer(Int(try cursor.integer("number", as: Int32.self))))
    case .binInt1: try push(.integer(Int(try cursor.integer("number", as: UInt8.self))))
    case .binInt2: try push(.integer(Int(try cursor.integer("number", as: UInt16.self))))
    case .long1: try push(try longInteger())
    case .binFloat:
      try cursor.skip(8, "fraction")
      try push(.other)
    case .shortBinUnicode: try push(.text(try text(Int(try cursor.integer("length", as: UInt8.self)))))
    case .binUnicode: try push(.text(try text(Int(try cursor.integer("length", as: UInt32.self)))))
    case .mark: try mark()
    case .emptyTuple: try pushTuple([])
    case .tuple1: try pushTuple(of: 1)
    case .tuple2: try pushTuple(of: 2)
    case .tuple3: try pushTuple(of: 3)
    case .tuple: try pushTuple(try popToMark())
    case .emptyList: try push(.list)
    case .append:
      _ = try pop()
      try checkList()
    case .appends:
      _ = try popToMark()
      try checkList()
    case .emptyDict: try push(try make { $0.addDictionary() })
    case .setItem:
      let value = try pop()
      let key = try pop()
      try setItems([key, value])
    case .setItems:
      let items = try popToMark()
      try setItems(items)
    case .binPut: try remember(at: Int(try cursor.integer("index", as: UInt8.self)))
    case .longBinPut: try remember(at: Int(try cursor.integer("index", as: UInt32.self)))
    case .memoize: try remember(at: nil)
    case .binGet: try push(try remembered(Int(try cursor.integer("index", as: UInt8.self))))
    case .longBinGet: try push(try remembered(Int(try cursor.integer("index", as: UInt32.self))))
    case .global, .stackGlobal: try push(.global(try global(isOnStack: opcode == .stackGlobal)))
    case .reduce: try reduce()
    case .build: try build()
    case .binPersID: try persistentID()
    }
  }

  /// A frame only says how much may be read ahead.
  private mutating func frame() throws(CheckpointError) {
    let byteCount: UInt64 = try cursor.integer("length")
    guard byteCount <= UInt64(cursor.byteCount) else {
      throw malformed("expected a frame within the pickle, found one of \(byteCount) bytes")
    }
  }

  /// Two's complement, the lowest byte first; no bytes are zero.
  private mutating func longInteger() throws(CheckpointError) -> PickleValue {
    let byteCount: UInt8 = try cursor.integer("length")
    let bytes = try cursor.bytes(Int(byteCount), "number")
    guard bytes.count <= 8 else { return .other }
    let sign: Int = bytes.last ?? 0 >= 0x80 ? -1 : 0
    return .integer(bytes.reversed().reduce(sign) { $0 << 8 | Int($1) })
  }

  private mutating func text(_ byteCount: Int) throws(CheckpointError) -> String {
    guard byteCount <= TorchLimits.textByteCount else {
      throw malformed("expected a text of at most \(TorchLimits.textByteCount) bytes, found one of \(byteCount)")
    }
    return try cursor.text(byteCount, "text")
  }

  private mutating func pushTuple(of count: Int) throws(CheckpointError) {
    var values: [PickleValue] = []
    for _ in 0..<count { values.append(try pop()) }
    try pushTuple(values.reversed())
  }

  private mutating func pushTuple(_ values: [PickleValue]) throws(CheckpointError) {
    try push(try make { $0.add(tuple: values) })
  }

  /// A list holds nothing that tensors are made of: what is appended to it is let go.
  private func checkList() throws(CheckpointError) {
    let list = try top()
    guard list == .list else { throw malformed("expected a list, found \(list.kind)") }
  }

  /// Keys and values in turn. Only a text can be a tensor's name.
  private mutating func setItems(_ items: [PickleValue]) throws(CheckpointError) {
    guard case .dictionary(let dictionary) = try top() else {
      throw malformed("expected a dictionary, found \(try top().kind)")
    }
    guard items.count.isMultiple(of: 2) else { throw malformed("expected a value for every key, found one without") }
    for index in stride(from: 0, to: items.count, by: 2) {
      guard case .text(let key) = items[index] else { continue }
      guard try make({ $0.set(items[index + 1], of: key, in: dictionary) }) else {
        throw malformed("expected one value for \(key), found two")
      }
    }
  }
}
