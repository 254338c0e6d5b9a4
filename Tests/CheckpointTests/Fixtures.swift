import Foundation

/// Where the tests' files are, and folders to write others into.
enum Fixtures {
  static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let demo = repository.appendingPathComponent("deploy/models/demo").path
  static let tiny = repository.appendingPathComponent("deploy/golden/tinyfix").path

  static func golden(_ name: String) -> String { repository.appendingPathComponent("Tests/Golden/\(name)").path }

  /// Runs `body` with an empty folder that is gone afterwards.
  static func withFolder<Result>(_ body: (Folder) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }  // what stays behind is in the system's temporary folder
    return try body(Folder(url: url))
  }
}

/// A folder of a test's own.
struct Folder {
  let url: URL

  var path: String { url.path }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: url.appendingPathComponent(name))
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
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
