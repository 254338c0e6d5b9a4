import Foundation
import Tokenizer

/// Where the tests' files are.
enum Fixtures {
  static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let demo = repository.appendingPathComponent("deploy/models/demo")

  static func tokenizer() throws -> Tokenizer { try Tokenizer(directory: demo.path) }

  /// LLaMA's own vocabulary is not ours to keep in the repository.
  static let llamaVocabulary = ProcessInfo.processInfo.environment["LLAVA_TEST_VOCABULARY"]

  static func lines<Line: Decodable>(_ file: String, as type: Line.Type) throws -> [Line] {
    let text = try String(contentsOf: demo.appendingPathComponent(file), encoding: .utf8)
    return try text.split(separator: "\n").map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
  }

  /// Runs `body` with an empty folder that is gone afterwards.
  static func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // what stays behind is in the system's temporary folder
    return try body(folder)
  }
}

/// The same numbers for the same seed on every machine (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
