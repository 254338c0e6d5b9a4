import Foundation
import Testing

@testable import Checkpoint

@Suite struct PickleTests {
  typealias Writer = PickleWriter

  func open(_ pickle: [UInt8]) throws(CheckpointError) -> TorchFile {
    try ZipTests.open(ZipBuilder(pickle: pickle).file)
  }

  func expect(_ code: CheckpointError.Code, _ cases: [(pickle: [UInt8], words: String)]) {
    for (pickle, words) in cases {
      let error = #expect(throws: CheckpointError.self, "\(words)") { try open(pickle) }
      #expect(
        error?.code == code && error?.message.hasPrefix("x.bin: ") == true && error?.message.contains(words) == true,
        "\(error?.description ?? "no error"), not \(words)")
    }
  }

  /// Code and name of every opcode, as Python has them.
  static func opcodes() throws -> [(code: UInt8, name: String)] {
    try String(contentsOfFile: Fixtures.golden("torch/opcodes.txt"), encoding: .utf8).split(separator: "\n").map {
      let parts = $0.split(separator: " ")
      return (try #require(UInt8(parts[0])), String(parts[1]))
    }
  }

  @Test func everyOpcodeOfPythonIsReadOrRefusedByItsName() throws {
    let opcodes = try Self.opcodes()
    #expect(opcodes.count == 68)
    for (code, name) in opcodes {
      #expect(PickleOpcode.name(of: code) == name)
      guard PickleOpcode(rawValue: code) == nil else { continue }
      expect(
        .unsupportedFormat,
        [(Writer.pickle(Writer.none, [code]), "data.pkl: \(name) at byte 3: the opcode is not read")])
    }
    let known = Set(opcodes.map(\.code))
    for code in UInt8.min...UInt8.max where !known.contains(code) {
      expect(.malformed, [(Writer.pickle([code]), "at byte 2: Python has no such opcode")])
    }
  }

  @Test func codeIsRefusedByNameAndNeverRuns() throws {
    let command = Writer.text("echo") + Writer.tuple1
    let ordered = Writer.global("collections", "OrderedDict")
    expect(
      .unsupportedFormat,
      [
        (Writer.pickle(Writer.global("os", "system"), command, Writer.reduce), "the Python object os.system is not"),
        (Writer.pickle(Writer.global("posix", "system"), command, Writer.reduce), "posix.system"),
        (
          Writer.pickle(Writer.text("builtins"), Writer.text("eval"), Writer.stackGlobal, command, Writer.reduce),
          "STACK_GLOBAL at byte 24: the Python object builtins.eval"
        ),
        (Writer.pickle(Writer.global("torch.storage", "_load_from_bytes")), "torch.storage._load_from_bytes"),
        (Writer.pickle(Writer.global("torch", "load")), "torch.load"),
        (Writer.pickle(Writer.global("collections", "OrderedDict.fromkeys")), "collections.OrderedDict.fromkeys"),
        (Writer.pickle(Writer.global("os", "_rebuild_tensor_v2")), "the Python object os._rebuild_tensor_v2"),
        (Writer.pickle(Writer.global("torch._utils", "OrderedDict")), "torch._utils.OrderedDict"),
        (Writer.pickle(Writer.global("os", "FloatStorage")), "os.FloatStorage"),
        (Writer.pickle(Writer.mark, Writer.text("ls"), [0x69], Array("os\nsystem\n".utf8)), "INST at byte 10"),
        (Writer.pickle(Writer.mark, ordered, [0x6f]), "OBJ at byte 28"),
        (Writer.pickle(ordered, Writer.emptyTuple, [0x81]), "NEWOBJ at byte 28"),
        (Writer.pickle([0x82, 1]), "EXT1 at byte 2"),
        (Writer.pickle([0x8b, 0xff, 0xff, 0xff, 0x7f]), "LONG4 at byte 2"),
        (Writer.pickle([0x50], Array("x\n".utf8)), "PERSID at byte 2"),
        (Writer.pickle(Writer.integer(1), Writer.emptyDict, Writer.build), "BUILD at byte 8: only a dictionary takes"),
        (Writer.pickle(Writer.tensor(), Writer.emptyDict, Writer.build), "and not a tensor from a dictionary"),
        (Writer.pickle(ordered, Writer.emptyDict, Writer.build), "and not the name of a Python object from"),
        (Writer.pickle(Writer.emptyDict, Writer.emptyTuple, Writer.build), "and not a dictionary from a tuple"),
        (Writer.pickle(ordered, Writer.emptyList, Writer.tuple1, Writer.reduce), "an OrderedDict of something"),
        (Writer.pickle(Writer.global("torch", "FloatStorage"), Writer.emptyTuple, Writer.reduce), "a storage is not"),
      ])
  }

  @Test func aPickleThatContradictsItselfIsMalformed() {
    let tensorName = Writer.global("torch._utils", "_rebuild_tensor_v2")
    expect(
      .malformed,
      [
        ([], "expected a pickle that begins with PROTO"),
        ([0x7d, 0x2e], "expected a pickle that begins with PROTO"),
        ([0x80, 1, 0x7d, 0x2e], "expected protocol 2 to 5, found 1"),
        ([0x80, 6, 0x7d, 0x2e], "expected protocol 2 to 5, found 6"),
        ([0x80, 2, 0x7d], "opcode: expected 1 bytes at byte 3, found 0"),
        (Writer.pickle(), "STOP at byte 2: expected a value before it"),
        (Writer.pickle(Writer.none), "expected a state dict: a dictionary of tensors, found another value"),
        (Writer.pickle(Writer.tuple), "TUPLE at byte 2: expected a MARK before it"),
        (Writer.pickle(Writer.none, Writer.mark, Writer.tuple1), "TUPLE1 at byte 4: expected a value before it"),
        (Writer.pickle(Writer.none, Writer.setItem), "SETITEM at byte 3: expected a value"),
        (Writer.pickle(Writer.none, Writer.none, Writer.none, Writer.setItem), "expected a dictionary, found another"),
        (Writer.pickle(Writer.emptyDict, Writer.mark, Writer.none, Writer.setItems), "a value for every key"),
        (Writer.pickle(Writer.mark, Writer.setItems), "SETITEMS at byte 3: expected a value before it"),
        (Writer.pickle(Writer.emptyDict, Writer.none, Writer.append), "expected a list, found a dictionary"),
        (
          Writer.pickle(Writer.dictionary(Writer.none), Writer.text("a"), Writer.none, Writer.setItem),
          "expected one value for a, found two"
        ),
        (Writer.pickle(Writer.memoize), "MEMOIZE at byte 2: expected a value"),
        (Writer.pickle(Writer.get(0)), "LONG_BINGET at byte 2: expected a value remembered as 0"),
        (Writer.pickle([0x95], [UInt8](repeating: 255, count: 8)), "FRAME at byte 2: expected a frame within"),
        (Writer.pickle([0x58, 2, 0, 0, 0, 0xff, 0xfe]), "text: expected UTF-8"),
        (Writer.pickle(Writer.none, Writer.none, Writer.stackGlobal), "expected a module and a name, found another"),
        (Writer.pickle(Writer.none, Writer.emptyTuple, Writer.reduce), "expected the name of a Python function"),
        (Writer.pickle(tensorName, Writer.none, Writer.reduce), "arguments: expected a tuple, found another value"),
        (Writer.pickle(tensorName, Writer.emptyTuple, Writer.reduce), "expected a storage, an offset, sizes"),
        (Writer.pickle(Writer.tensor(rest: Writer.none)), "expected a storage, an offset, sizes"),
        (Writer.pickle(Writer.tensor(Writer.none)), "found another value, the number 0, a tuple, a tuple"),
        (
          Writer.pickle(Writer.global("torch._utils", "_rebuild_parameter"), Writer.emptyTuple, Writer.reduce),
          "expected a tensor and two more arguments, found none"
        ),
        (Writer.pickle(Writer.none, Writer.persistentID), "storage: expected a tuple"),
        (Writer.pickle(Writer.emptyTuple, Writer.persistentID), "expected \"storage\", a type, a key"),
      ])
  }

  @Test func aTensorThatContradictsItsStorageIsMalformed() {
    func tensor(_ tensor: [UInt8]) -> [UInt8] { Writer.pickle(Writer.dictionary(tensor)) }
    expect(
      .malformed,
      [
        (tensor(Writer.tensor(Writer.storage(key: "1"))), "a: expected its storage data/1 in the archive"),
        (tensor(Writer.tensor(Writer.storage(key: "../0"))), "a: expected its storage data/../0 in the archive"),
        (tensor(Writer.tensor(Writer.storage(count: 3))), "a: expected 3 elements of 4 bytes in data/0, found 8 bytes"),
        (tensor(Writer.tensor(Writer.storage(count: -2))), "a: expected -2 elements of 4 bytes"),
        (tensor(Writer.tensor(Writer.storage(count: .max))), "of 4 bytes in data/0, found 8 bytes"),
        (tensor(Writer.tensor(Writer.storage("HalfStorage"))), "a: expected 2 elements of 2 bytes in data/0"),
        (tensor(Writer.tensor(offset: 1)), "a: expected [2] at element 1 within the 2 elements of data/0"),
        (tensor(Writer.tensor(offset: .max)), "a: expected [2] at element 9223372036854775807 within"),
        (tensor(Writer.tensor(offset: -1)), "a: expected sizes and as many strides, found offset -1"),
        (tensor(Writer.tensor(offset: 3, shape: [0])), "a: expected [0] at element 3 within the 2 elements"),
        (tensor(Writer.tensor(shape: [-1])), "a: expected sizes and as many strides, found offset 0, [-1]"),
        (tensor(Writer.tensor(shape: [1, 2])), "a: expected sizes and as many strides"),
        (tensor(Writer.tensor(shape: [3])), "a: expected [3] at element 0 within the 2 elements"),
        (
          tensor(Writer.tensor(shape: [1 << 62, 4], strides: [4, 1])),
          "a: [4611686018427387904, 4] has more than 2^63 elements"
        ),
        (
          tensor(Writer.tensor(shape: [Int64](repeating: 1, count: 9), strides: [Int64](repeating: 1, count: 9))),
          "sizes: expected at most 8 dimensions, found 9"
        ),
      ])
    expect(
      .unsupportedFormat,
      [(tensor(Writer.tensor(shape: [2], strides: [-1])), "a row after row, found [2] with strides [-1]")])
  }

  @Test func numbersOfEveryLengthAreRead() throws {
    let integers: [(bytes: [UInt8], value: Int?)] = [
      ([0x4b, 200], 200), ([0x4d, 0xff, 0xff], 65_535), ([0x4a, 0xff, 0xff, 0xff, 0xff], -1), ([0x8a, 0], 0),
      ([0x8a, 1, 0xff], -1), ([0x8a, 2, 0xff, 0x00], 255), ([0x8a, 8] + [UInt8](repeating: 255, count: 8), -1),
      (Writer.long(.min), .min), (Writer.long(.max), .max), ([0x8a, 9] + [UInt8](repeating: 0, count: 9), nil),
    ]
    for (bytes, value) in integers {
      let pickle = Writer.pickle(bytes)
      let file = try MappedFile(bytes: pickle, name: "x")
      var machine = PickleMachine(FileCursor(file, 0..<pickle.count, "data.pkl"))
      #expect(try machine.run() == value.map(PickleValue.integer) ?? .other)
    }
  }
}
