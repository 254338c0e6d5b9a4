import Checkpoint
import Concurrency
import Contracts
import Launch
import Logging
import Serving
import Telemetry
import Testing

/// What a worker says when it starts.
@Suite struct AnnouncementTests {
  private func lines(_ arguments: [String]) throws -> [String] {
    let written = Lock<[String]>([])
    let logger = Logger(label: "worker") { label in
      JSONLogHandler(program: label, now: { 0 }) { line in written.withLock { $0.append(line) } }
    }
    let checkpoint = try Checkpoint(ModelLocation.paths(named: nil, visionTower: nil))
    let card = try ModelCard(of: checkpoint, precision: "q8_0", isDecoder: true)
    logger.announce(card, from: "/models/demo", as: try ModelOptions.parse(arguments), kv: ByteCount(bytes: 1 << 30))
    return written.withLock { $0 }
  }

  @Test func aPrecisionThatNobodyHasChosenIsNamedAsTheDefault() throws {
    let said = try lines(["--threads", "3"])
    #expect(
      said.first?.contains(
        "model demo from /models/demo in q8_0 (by default; --weights for others), threads 3, 1.0 GiB for KV")
        == true,
      "\(said)")
    #expect(said.count == 2, "what the demonstration model cannot do is said as well")
  }

  @Test func aPrecisionThatWasChosenIsNotExplained() throws {
    let said = try lines(["--threads", "3", "--weights", "int8"])
    #expect(said.first?.contains(" in q8_0, threads 3") == true, "\(said)")
  }
}
