import Foundation
import Testing

/// `llava bench` as a program of its own: where memory is another process's, what was written beyond an end is found.
struct BenchProcessTests {
  private struct Report: Decodable {
    struct Figure: Decodable { var stage: String }
    var figures: [Figure]
  }

  @Test(arguments: ["ask-again", "ask-restarted"]) func aStageEndsWell(stage: String) throws {
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("llava")
    // The system's allocator looks at the ends of what is freed.
    let found: (status: Int32, report: Report) = try report(
      of: program, ["bench", "--stages", stage, "--repeats", "1", "--threads", "1", "--json"],
      adding: ["LD_PRELOAD": "libc_malloc_debug.so.0", "MALLOC_CHECK_": "3"])
    #expect(found.status == 0)
    #expect(found.report.figures.map(\.stage) == [stage])
  }
}
