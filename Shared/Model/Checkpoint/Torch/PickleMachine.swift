/// Reads the pickle of a state dict. It runs nothing: an opcode makes a value of a file's bytes, or is refused by its
/// name, and so is a Python object that is not on the list of `TorchGlobal`.
struct PickleMachine {
  var cursor: FileCursor
  private(set) var objects = PickleObjects()
  private var stack: [PickleValue] = []
  /// How many values the stack had at each mark that is open.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// The opcode that is being performed, for errors.
  private var opcode = ""
  private var opcodeOffset = 0

  init(_ cursor: FileCursor) { self.cursor = cursor }

  /// What the pickle is of; what that refers to is in `objects`.
  mutating func run() throws(CheckpointError) -> PickleValue {
    guard cursor.byteCount > 0, try cursor.integer("first opcode") == PickleOpcode.proto.rawValue else {
      throw cursor.malformed("expected a pickle that begins with PROTO, found none")
    }
    opcode = "PROTO"
    try checkProtocol()
    for _ in 0..<TorchLimits.opcodeCount {
      let next = try nextOpcode()
      if next == .stop { return try pop() }
      try perform(next)
    }
    throw cursor.malformed("expected at most \(TorchLimits.opcodeCount) opcodes, found more")
  }

  private mutating func nextOpcode() throws(CheckpointError) -> PickleOpcode {
    opcodeOffset = cursor.offset
    let byte: UInt8 = try cursor.integer("opcode")
    opcode = PickleOpcode.name(of: byte) ?? "0x\(String(byte, radix: 16))"
    guard let known = PickleOpcode(rawValue: byte) else {
      guard PickleOpcode.name(of: byte) != nil else { throw malformed("Python has no such opcode") }
      throw refused("the opcode is not read: no state dict has need of it")
    }
    return known
  }

  mutating func checkProtocol() throws(CheckpointError) {
    let number: UInt8 = try cursor.integer("protocol")
    guard (2...5).contains(number) else { throw malformed("expected protocol 2 to 5, found \(number)") }
  }

  // MARK: Stack

  mutating func push(_ value: PickleValue) throws(CheckpointError) {
    guard stack.count < TorchLimits.stackCount else {
      throw malformed("expected at most \(TorchLimits.stackCount) values that wait, found more")
    }
    stack.append(value)
  }

  /// The last value; one before a mark is out of reach.
  mutating func pop() throws(CheckpointError) -> PickleValue {
    guard stack.count > marks.last ?? 0 else { throw malformed("expected a value before it, found none") }
    return stack.removeLast()
  }

  func top() throws(CheckpointError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.last else {
      throw malformed("expected a value before it, found none")
    }
    return value
  }

  mutating func mark() throws(CheckpointError) {
    guard marks.count < TorchLimits.markCount else {
      throw malformed("expected at most \(TorchLimits.markCount) open marks, found more")
    }
    marks.append(stack.count)
  }

  /// The values since the last mark, which closes.
  mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
    guard let start = marks.popLast() else { throw malformed("expected a MARK before it, found none") }
    defer { stack.removeSubrange(start...) }
    return Array(stack[start...])
  }

  // MARK: Memory

  mutating func remember(at index: Int?) throws(CheckpointError) {
    let index = index ?? memo.count
    guard index < TorchLimits.memoCount else {
      throw malformed("expected at most \(TorchLimits.memoCount) remembered values, found number \(index)")
    }
    memo[index] = try top()
  }

  func remembered(_ index: Int) throws(CheckpointError) -> PickleValue {
    guard let value = memo[index] else { throw malformed("expected a value remembered as \(index), found none") }
    return value
  }

  /// Changes what values refer to, which may become more.
  mutating func make<Result>(_ change: (inout PickleObjects) -> Result) throws(CheckpointError) -> Result {
    guard objects.count < TorchLimits.objectCount else {
      throw malformed("expected at most \(TorchLimits.objectCount) tuples, dictionaries and tensors, found more")
    }
    return change(&objects)
  }

  // MARK: Errors

  func malformed(_ reason: String) -> CheckpointError {
    cursor.malformed("\(opcode) at byte \(opcodeOffset): \(reason)")
  }

  /// For what another program may make something of.
  func refused(_ reason: String) -> CheckpointError {
    cursor.error(
      .unsupportedFormat,
      "\(opcode) at byte \(opcodeOffset): \(reason); where the file is to be trusted, save its state dict alone: "
        + "torch.save(model.state_dict(), path), or convert it to safetensors")
  }
}
