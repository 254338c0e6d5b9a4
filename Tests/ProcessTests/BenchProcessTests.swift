import Foundation
import Testing

/// `llava bench` as a program of its own: where memory is another process's, what was written beyond an end is found.
struct BenchProcessTests {
  @Test(arguments: ["ask-again", "ask-restarted"]) func aStageEndsWell(stage: String) throws {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("llava")
    process.arguments = ["bench", "--stages", stage, "--repeats", "1", "--threads", "1", "--json"]
    // The system's allocator looks at the ends of what is freed.
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["LD_PRELOAD": "libc_malloc_debug.so.0", "MALLOC_CHECK_": "3"], uniquingKeysWith: { $1 })
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let report = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    struct Report: Decodable {
      struct Figure: Decodable { var stage: String }
      var figures: [Figure]
    }
    #expect(try JSONDecoder().decode(Report.self, from: report).figures.map(\.stage) == [stage])
  }
}
