import Testing

@testable import Checkpoint

@Suite struct PickleBoundTests {
  typealias Writer = PickleWriter

  func repeated(_ bytes: [UInt8], _ count: Int) -> [UInt8] { [[UInt8]](repeating: bytes, count: count).flatMap { $0 } }

  /// What comes of a state dict after `bomb`, which leaves values on the stack.
  func open(_ bomb: [UInt8]) throws(CheckpointError) -> TorchFile {
    let pickle = Writer.pickle(bomb, Writer.dictionary(Writer.tensor()))
    return try ZipTests.open(ZipBuilder(pickle: pickle).file)
  }

  @Test func everyBoundSaysNo() {
    let bombs: [(pickle: [UInt8], words: String)] = [
      (repeated(Writer.mark, 257), "MARK at byte 258: expected at most 256 open marks"),
      (repeated(Writer.none, 65_537), "expected at most 65536 values that wait"),
      (Writer.none + Writer.put(.max), "expected at most 2097152 remembered values, found number 4294967295"),
      (Writer.none + Writer.put(1 << 21), "found number 2097152"),
      (Writer.none + repeated(Writer.memoize, (1 << 21) + 1), "found number 2097152"),
      (
        Writer.emptyList + repeated(Writer.emptyTuple + Writer.append, (1 << 20) + 1), "expected at most 1048576 tuples"
      ),
      (Writer.emptyTuple + repeated(Writer.tuple1, 1 << 20), "expected at most 1048576 tuples"),
      (Writer.emptyList + repeated(Writer.emptyDict + Writer.append, (1 << 20) + 1), "expected at most 1048576 tuples"),
      (Writer.emptyList + repeated(Writer.none + Writer.append, 1 << 22), "expected at most 8388608 opcodes"),
      ([0x58, 1, 0, 1, 0], "expected a text of at most 65536 bytes, found one of 65537"),
      ([0x58, 255, 255, 255, 255], "found one of 4294967295"),
      (Writer.text(String(repeating: "a", count: 65_536)) + [0x58, 0, 0, 1, 0], "text: expected 65536 bytes at byte"),
      (Writer.global(String(repeating: "m", count: 256), "n"), "expected names of at most 256 bytes"),
      (
        Writer.tensor() + Writer.put(0) + Writer.storage() + Writer.put(1) + Writer.integers([2]) + Writer.put(2)
          + Writer.global("torch._utils", "_rebuild_tensor_v2") + Writer.mark + Writer.get(1) + Writer.long(0)
          + Writer.get(2) + Writer.get(2) + Writer.none + Writer.none + Writer.tuple + Writer.put(3)
          + Writer.emptyList + Writer.put(4)
          + repeated(
            Writer.global("torch._utils", "_rebuild_tensor_v2") + Writer.get(3) + Writer.reduce + Writer.append, 100_000
          ),
        "expected at most 100000 tensors"
      ),
    ]
    for (pickle, words) in bombs {
      let error = #expect(throws: CheckpointError.self, "\(words)") { try open(pickle) }
      #expect(
        error?.code == .malformed && error?.message.contains(words) == true,
        "\(error?.description ?? "no error"), not \(words)")
    }
    let pickle = [UInt8](repeating: 0x4e, count: TorchLimits.pickleByteCount + 1)
    let error = #expect(throws: CheckpointError.self) { try ZipTests.open(ZipBuilder(pickle: pickle).file) }
    #expect(error?.message.contains("data.pkl: expected at most 33554432 bytes, found 33554433") == true)
  }

  /// A value that stands for 2^1000 others takes a place for each that the file has, and one within itself takes one.
  @Test func whatUnfoldsWithoutEndTakesOnePlace() throws {
    let doubled = repeated(Writer.put(0) + Writer.get(0) + Writer.tuple2, 1_000)
    #expect(try open(Writer.emptyTuple + doubled).names == ["a"])
    let deep = repeated(Writer.tuple1, 1 << 19)
    #expect(try open(Writer.emptyTuple + deep).names == ["a"])

    let itself = Writer.emptyDict + Writer.put(0) + Writer.text("state_dict") + Writer.get(0) + Writer.setItem
    let error = #expect(throws: CheckpointError.self) {
      try ZipTests.open(ZipBuilder(pickle: Writer.pickle(itself)).file)
    }
    #expect(error?.message.contains("found state_dict") == true)
    let tensor = Writer.text("a") + Writer.tensor() + Writer.setItem
    #expect(try ZipTests.open(ZipBuilder(pickle: Writer.pickle(itself, tensor)).file).names == ["a"])
  }
}
