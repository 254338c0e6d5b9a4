import Foundation
import FuzzTargets
import Testing

/// What fuzzing has found worth keeping, read once more: each input ends as it should, or ends the program.
@Suite struct CorpusTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Golden/fuzz").path

  @Test(arguments: FuzzTarget.allCases) func everyInputThatWasKeptIsReadOrRefused(_ target: FuzzTarget) throws {
    let folder = "\(Self.folder)/\(target.rawValue)"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names.count >= 10, "\(folder): expected a corpus")
    for name in names.sorted() {
      target.read(Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))))
    }
  }
}
