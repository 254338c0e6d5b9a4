/// Reads a pickled state dict. Nothing runs: an instruction or a name that a state dict has no need of is refused.
struct PickleMachine {
  private let bytes: [UInt8]
  /// The file that errors name.
  private let path: String
  private var offset = 0
  private var stack: [PickleValue] = []
  /// How high the stack was at each mark.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]

  private init(_ bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  /// The value that the pickle ends with.
  static func value(of bytes: [UInt8], path: String) throws(CheckpointError) -> PickleValue {
    var machine = PickleMachine(bytes, path: path)
    while true {
      let start = machine.offset
      let byte = try machine.next()
      guard let opcode = PickleOpcode(rawValue: byte) else {
        throw machine.refused(
          "the instruction \(PickleOpcode.refusedName(byte)) at byte \(start)", "those that a state dict is made of")
      }
      if opcode == .stop { return try machine.pop() }
      try machine.carryOut(opcode)
    }
  }

  private mutating func carryOut(_ opcode: PickleOpcode) throws(CheckpointError) {
    switch opcode {
    case .proto: try checkProtocol()
    case .frame: _ = try number(8)
    case .stop: break
    case .mark: marks.append(stack.count)
    case .emptyDictionary: stack.append(.dictionary(PickleBox([])))
    case .emptyList: stack.append(.list(PickleBox([])))
    case .emptyTuple: stack.append(.tuple([]))
    case .none: stack.append(.none)
    case .newTrue: stack.append(.bool(true))
    case .newFalse: stack.append(.bool(false))
    case .int32: stack.append(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
    case .uint8: stack.append(.integer(try number(1)))
    case .uint16: stack.append(.integer(try number(2)))
    case .long: stack.append(.integer(try long()))
    case .float: stack.append(.float(Double(bitPattern: UInt64(bitPattern: Int64(try number(8))).byteSwapped)))
    case .unicode: stack.append(.string(try text(try number(4))))
    case .shortUnicode: stack.append(.string(try text(try number(1))))
    case .put:
      let index = try number(1)
      try remember(as: index)
    case .longPut:
      let index = try number(4)
      try remember(as: index)
    case .memoize: try remember(as: memo.count)
    case .get:
      let index = try number(1)
      stack.append(try remembered(index))
    case .longGet:
      let index = try number(4)
      stack.append(try remembered(index))
    case .tuple: stack.append(.tuple(try popToMark()))
    case .tuple1: stack.append(.tuple(try pop(1)))
    case .tuple2: stack.append(.tuple(try pop(2)))
    case .tuple3: stack.append(.tuple(try pop(3)))
    case .append:
      let value = try pop(1)
      try append(value)
    case .appends:
      let values = try popToMark()
      try append(values)
    case .setItem:
      let pair = try pop(2)
      try setItems(pair)
    case .setItems:
      let pairs = try popToMark()
      try setItems(pairs)
    case .global:
      let (module, name) = (try line(), try line())
      stack.append(try global(module: module, name: name))
    case .stackGlobal:
      let names = try pop(2)
      guard case .string(let module) = names[0], case .string(let name) = names[1] else {
        throw malformed("a global: expected two texts, found \(names[0].kind) and \(names[1].kind)")
      }
      stack.append(try global(module: module, name: name))
    case .reduce: try reduce()
    case .build: try build()
    case .persistentID:
      let id = try pop()
      stack.append(.storage(try storage(id)))
    }
  }

  // MARK: Values that torch makes

  private func global(module: String, name: String) throws(CheckpointError) -> PickleValue {
    guard let global = PickleGlobal(named: "\(module).\(name)") else {
      throw refused("the name \(module).\(name)", "the names of tensors, storages and dictionaries")
    }
    return .global(global)
  }

  /// A call, which stands for the value that it would return.
  private mutating func reduce() throws(CheckpointError) {
    let call = try pop(2)
    guard case .global(let global) = call[0], case .tuple(let arguments) = call[1] else {
      throw malformed("a call: expected a name and a tuple, found \(call[0].kind) and \(call[1].kind)")
    }
    switch global {
    case .orderedDictionary where arguments.isEmpty: stack.append(.dictionary(PickleBox([])))
    case .rebuildTensor: stack.append(.tensor(try tensor(arguments)))
    case .rebuildParameter:
      guard case .tensor(let tensor)? = arguments.first else {
        throw malformed("a parameter: expected a tensor, found \(arguments.first?.kind ?? "nothing")")
      }
      stack.append(.tensor(tensor))
    default: throw refused("a call of \(global.name) with \(arguments.count) arguments", "tensors and dictionaries")
    }
  }

  /// Storage, offset, shape, strides; what follows is of use in training only.
  private func tensor(_ arguments: [PickleValue]) throws(CheckpointError) -> TorchTensor {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
      let shape = Self.integers(arguments[2]), let strides = Self.integers(arguments[3]),
      shape.count == strides.count, shape.count <= Limits.dimensionCount
    else {
      throw malformed(
        "a tensor: expected a storage, an offset, a shape and strides of at most \(Limits.dimensionCount) dimensions, "
          + "found \(arguments.prefix(4).map(\.kind).joined(separator: ", "))")
    }
    return TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides)
  }

  private static func integers(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let values) = value else { return nil }
    let integers = values.compactMap { value in
      if case .integer(let integer) = value { integer } else { nil }
    }
    return integers.count == values.count ? integers : nil
  }

  /// ("storage", type, key, device, count)
  private func storage(_ id: PickleValue) throws(CheckpointError) -> TorchStorage {
    guard case .tuple(let parts) = id, parts.count == 5, case .string("storage") = parts[0],
      case .global(.storageType(let type, let byteCount)) = parts[1], case .string(let key) = parts[2],
      case .integer(let count) = parts[4]
    else {
      throw malformed("a storage: expected its type, key and count, found \(id.kind)")
    }
    return TorchStorage(type: type, elementByteCount: byteCount, key: key, elementCount: count)
  }

  // MARK: Containers

  private func append(_ values: [PickleValue]) throws(CheckpointError) {
    guard case .list(let list)? = stack.last else {
      throw malformed("expected a list to append to, found \(stack.last?.kind ?? "nothing")")
    }
    list.content += values
  }

  private func setItems(_ values: [PickleValue]) throws(CheckpointError) {
    guard case .dictionary(let dictionary)? = stack.last, values.count.isMultiple(of: 2) else {
      throw malformed("expected a dictionary and pairs, found \(stack.last?.kind ?? "nothing")")
    }
    for index in stride(from: 0, to: values.count, by: 2) {
      dictionary.content.append((values[index], values[index + 1]))
    }
  }

  /// Attributes of a dictionary (`_metadata`) say nothing about its tensors.
  private mutating func build() throws(CheckpointError) {
    _ = try pop()
    guard case .dictionary? = stack.last else {
      throw refused("attributes of \(stack.last?.kind ?? "nothing")", "those of a dictionary")
    }
  }

  private mutating func remember(as index: Int) throws(CheckpointError) {
    guard let value = stack.last, memo.count < Limits.pickleValueCount else {
      throw malformed("expected a value to remember, of at most \(Limits.pickleValueCount), found \(memo.count)")
    }
    memo[index] = value
  }

  private func remembered(_ index: Int) throws(CheckpointError) -> PickleValue {
    guard let value = memo[index] else { throw malformed("expected the remembered value \(index), found none") }
    return value
  }

  // MARK: Stack and bytes

  private mutating func pop() throws(CheckpointError) -> PickleValue { try pop(1)[0] }

  private mutating func pop(_ count: Int) throws(CheckpointError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else {
      throw malformed("expected \(count) values on the stack, found \(stack.count - (marks.last ?? 0))")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw malformed("expected a mark on the stack, found none") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private mutating func checkProtocol() throws(CheckpointError) {
    let version = try number(1)
    guard (2...5).contains(version) else { throw malformed("expected pickle protocol 2 to 5, found \(version)") }
  }

  private mutating func next() throws(CheckpointError) -> UInt8 { try take(1).first! }

  private mutating func take(_ count: Int) throws(CheckpointError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - offset else {
      throw malformed("expected \(count) bytes at byte \(offset), found \(bytes.count - offset)")
    }
    offset += count
    return bytes[offset - count..<offset]
  }

  /// Little-endian, of at most eight bytes.
  private mutating func number(_ byteCount: Int) throws(CheckpointError) -> Int {
    Int(truncatingIfNeeded: try take(byteCount).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// A length, and as many bytes of a number in two's complement.
  private mutating func long() throws(CheckpointError) -> Int {
    let byteCount = try number(1)
    guard byteCount <= 8 else { throw malformed("a whole number: expected at most 8 bytes, found \(byteCount)") }
    guard byteCount > 0 else { return 0 }
    let unused = 64 - 8 * byteCount
    return (try number(byteCount) << unused) >> unused  // carries the sign
  }

  private mutating func text(_ byteCount: Int) throws(CheckpointError) -> String {
    String(decoding: try take(byteCount), as: UTF8.self)
  }

  private mutating func line() throws(CheckpointError) -> String {
    guard let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw malformed("expected the name of a global at byte \(offset), found no end of it")
    }
    defer { offset = end + 1 }
    return String(decoding: bytes[offset..<end], as: UTF8.self)
  }

  private func malformed(_ reason: String) -> CheckpointError {
    CheckpointError(code: .malformed, message: "\(path): data.pkl: \(reason)")
  }

  private func refused(_ found: String, _ expected: String) -> CheckpointError {
    CheckpointError(
      code: .malformed,
      message: "\(path): data.pkl: expected only \(expected), found \(found); nothing in a file is ever run: "
        + "if you trust it, load it with torch and save its state dict as safetensors")
  }
}
