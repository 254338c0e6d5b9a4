import Foundation
import Testing

@testable import Checkpoint

/// Files that torch itself has written, and what others might make of them.
@Suite struct TorchFileTests {
  private func path(_ name: String) -> String { Fixtures.golden("torch/\(name)") }

  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  private func open(_ bytes: [UInt8]) throws(CheckpointError) -> TorchFile {
    try TorchFile(try MappedFile(bytes: bytes, name: "memory.bin"))
  }

  private func message(_ bytes: [UInt8]) -> String {
    do {
      return "opened: \(try open(bytes).names)"
    } catch {
      return error.message
    }
  }

  @Test(arguments: ["state.bin", "protocol5.bin", "wrapped.bin"])
  func everyTensorIsWhatTorchSaved(name: String) throws {
    let expected = try SafetensorsFile(path: path("expected.safetensors"))
    let file = try TorchFile(path: path(name))
    #expect(file.names.filter { $0 != "parameter" } == expected.names)
    for name in expected.names {
      let (found, wanted) = (try #require(file[name]), try #require(expected[name]))
      #expect(found.shape == wanted.shape && found.type == wanted.type && found.bytes == wanted.bytes, "\(name)")
      #expect(found.weightType == wanted.weightType)
    }
    if let parameter = file["parameter"] { #expect(parameter.bytes == expected["f32"]?.bytes) }
  }

  @Test(arguments: [
    ("strided.bin", "strides"), ("legacy.bin", "before 1.6"), ("module.bin", "torch.nn.modules.linear.Linear"),
  ])
  func whatIsNoPlainStateDictIsRefusedByName(name: String, words: String) throws {
    let error = #expect(throws: CheckpointError.self) { try TorchFile(path: path(name)) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains(name) == true)
  }

  @Test func otherKindsOfFilesAreNamed() {
    var tar = [UInt8](repeating: 0, count: 600)
    tar.replaceSubrange(257..<262, with: Array("ustar".utf8))
    #expect(message(tar).contains("tar archive"))
    #expect(message(Array("version https://git-lfs.github.com/spec/v1".utf8)).contains("git lfs pull"))
    #expect(message([1, 2, 3]).contains("something else"))
    #expect(message(Array("PK".utf8)).contains("directory"))
  }

  @Test func nothingInAPickleRuns() throws {
    let pickles: [(name: String, body: [UInt8], words: String)] = [
      ("a call of the system", Array("\u{80}cos\nsystem\n".utf8.dropFirst(2)), "os.system"),
      ("an instance", Array("(S'a'\nios\nsystem\n.".utf8), "STRING"),
      ("INST", Array("(ios\nsystem\n.".utf8), "INST"),
      ("OBJ", Array("(co\nx\no.".utf8), "o.x"),
      ("builtins", Array("cbuiltins\neval\n.".utf8), "builtins.eval"),
      ("a stack global", [0x8c, 2] + Array("os".utf8) + [0x8c, 6] + Array("system".utf8) + [0x93], "os.system"),
      ("NEWOBJ", [0x29, 0x29, 0x81], "NEWOBJ"), ("EXT1", [0x82, 1], "EXT1"),
      ("LONG4", [0x8b, 0xff, 0xff, 0xff, 0x7f], "LONG4"), ("a long of 255 bytes", [0x8a, 255], "at most 8 bytes"),
      ("attributes of a tuple", [0x29, 0x7d, 0x62], "attributes of a tuple"),
      ("a memo that is not there", [0x68, 9], "remembered value 9"), ("an empty stack", [0x86], "2 values"),
      ("a text longer than the file", [0x58, 0xff, 0xff, 0xff, 0xff], "4294967295 bytes"),
      (
        "a call of a dictionary with arguments", Array("ccollections\nOrderedDict\nK\u{1}".utf8) + [0x85, 0x52],
        "a call"
      ),
    ]
    for (name, body, words) in pickles {
      do {
        _ = try PickleMachine.value(of: [0x80, 2] + body, path: "memory.bin")
        Issue.record("\(name) was taken")
      } catch {
        #expect(error.message.contains(words), "\(name): \(error.message)")
      }
    }
  }

  @Test func aFileThatIsCutShortIsAnErrorAtEveryByte() throws {
    let whole = try bytes("state.bin")
    for count in 1..<whole.count { #expect(throws: CheckpointError.self) { try open(Array(whole[..<count])) } }
  }

  @Test func aCompressedEntryAndAForeignByteOrderAreNamed() throws {
    let whole = try bytes("state.bin")
    let central = try #require(whole.firstRange(of: [0x50, 0x4b, 0x01, 0x02]))
    var compressed = whole
    compressed[central.lowerBound + 10] = 8
    #expect(message(compressed).contains("compressed"))
    let order = try #require(whole.firstRange(of: Array("little".utf8)))
    var foreign = whole
    foreign.replaceSubrange(order, with: Array("biggie".utf8))
    #expect(message(foreign).contains("byteorder: expected little"))
  }

  @Test func tenThousandMutationsAreErrorsOrReadableToTheLastTensor() throws {
    try HeaderMutations(seed: 4).forEach(of: try bytes("state.bin")) { mutated in
      let file = try open(mutated)
      return file.names.reduce(0) { $0 + (file[$1]?.bytes.count ?? 0) }
    }
  }
}
