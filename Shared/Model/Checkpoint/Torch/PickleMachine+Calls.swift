/// What stands for calls of Python functions: of each it is known what comes of it, and that is made here.
extension PickleMachine {
  /// Module and name, from the file or from the stack.
  mutating func global(isOnStack: Bool) throws(CheckpointError) -> TorchGlobal {
    let module: String
    let name: String
    if isOnStack {
      let last = try pop()
      let first = try pop()
      guard case .text(let firstText) = first, case .text(let lastText) = last else {
        throw malformed("expected a module and a name, found \(first.kind) and \(last.kind)")
      }
      (module, name) = (firstText, lastText)
    } else {
      module = try line()
      name = try line()
    }
    guard let global = TorchGlobal(module: module, name: name) else {
      throw refused("the Python object \("\(module).\(name)".prefix(TorchLimits.globalByteCount)) is not read")
    }
    return global
  }

  private mutating func line() throws(CheckpointError) -> String {
    var bytes: [UInt8] = []
    while bytes.count < TorchLimits.globalByteCount {
      let byte: UInt8 = try cursor.integer("the name of a Python object")
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
    throw malformed("expected names of at most \(TorchLimits.globalByteCount) bytes, found a longer one")
  }

  mutating func reduce() throws(CheckpointError) {
    let last = try pop()
    let arguments = try tuple(last, "arguments")
    let callable = try pop()
    guard case .global(let global) = callable else {
      throw malformed("expected the name of a Python function, found \(callable.kind)")
    }
    switch global {
    case .orderedDict:
      guard arguments.isEmpty else { throw refused("an OrderedDict of something is not read, only an empty one") }
      try push(try make { $0.addDictionary() })
    case .rebuildTensor: try push(try tensor(arguments))
    case .rebuildParameter:
      guard arguments.count == 3, case .tensor = arguments[0] else {
        throw malformed("expected a tensor and two more arguments, found \(kinds(arguments))")
      }
      try push(arguments[0])
    case .storage: throw refused("a storage is not made without its file in the archive")
    }
  }

  /// Storage, offset, size, strides, and two that only training needs (`torch._utils._rebuild_tensor_v2`).
  private mutating func tensor(_ arguments: [PickleValue]) throws(CheckpointError) -> PickleValue {
    guard arguments.count != 7 else {
      throw refused("a tensor that says more of itself is not read: its numbers would have to be negated")
    }
    guard arguments.count == 6, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1]
    else {
      throw malformed("expected a storage, an offset, sizes, strides and two more arguments, found \(kinds(arguments))")
    }
    guard objects.tensors.count < Limits.tensorCount else {
      throw malformed("expected at most \(Limits.tensorCount) tensors, found more")
    }
    let tensor = TorchTensor(
      storage: objects.storages[storage], offset: offset, shape: try integers(arguments[2], "sizes"),
      strides: try integers(arguments[3], "strides"))
    return try make { $0.add(tensor) }
  }

  /// Attributes of a dictionary (`_metadata`) describe the modules, not the tensors: they are let go.
  mutating func build() throws(CheckpointError) {
    let state = try pop()
    let target = try top()
    guard case .dictionary = target, case .dictionary = state else {
      throw refused(
        "only a dictionary takes attributes here, from a dictionary, and not \(target.kind) from \(state.kind)")
    }
  }

  /// What torch writes for a storage: "storage", its type, its key, the device it was on, how many elements it has.
  mutating func persistentID() throws(CheckpointError) {
    let last = try pop()
    let id = try tuple(last, "storage")
    guard id.count == 5, id[0] == .text("storage"), case .global(.storage(let type)) = id[1],
      case .text(let key) = id[2],
      case .text = id[3], case .integer(let count) = id[4]
    else {
      throw malformed("expected \"storage\", a type, a key, a device and a number of elements, found \(kinds(id))")
    }
    let storage = TorchStorage(key: key, type: type, elementCount: count)
    try push(try make { $0.add(storage) })
  }

  private func tuple(_ value: PickleValue, _ what: StaticString) throws(CheckpointError) -> [PickleValue] {
    guard case .tuple(let index) = value else { throw malformed("\(what): expected a tuple, found \(value.kind)") }
    return objects.tuples[index]
  }

  private func integers(_ value: PickleValue, _ what: StaticString) throws(CheckpointError) -> [Int] {
    let values = try tuple(value, what)
    guard values.count <= Limits.dimensionCount else {
      throw malformed("\(what): expected at most \(Limits.dimensionCount) dimensions, found \(values.count)")
    }
    return try values.map { (value) throws(CheckpointError) in
      guard case .integer(let integer) = value else {
        throw malformed("\(what): expected whole numbers up to 2^63 - 1, found \(value.kind)")
      }
      return integer
    }
  }

  private func kinds(_ values: [PickleValue]) -> String {
    values.isEmpty ? "none" : values.prefix(8).map(\.kind).joined(separator: ", ")
  }
}
