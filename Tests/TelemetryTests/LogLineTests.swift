import Concurrency
import Foundation
import Logging
import Testing

@testable import Telemetry

struct LogLineTests {
  private func line(
    at microseconds: Int64 = 0, _ message: String = "m", _ metadata: Logger.Metadata = [:]
  ) -> String {
    LogLine(at: microseconds, .warning, of: "llava-test", message, metadata).text
  }

  private func object(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test func aLineIsThisTextByteForByte() {
    #expect(
      line(
        at: 1_769_860_800_123_456, "said \"no\"\n",
        ["trace": "0af7", "worker": "ipc:///a", "all": ["x", ["y": "z"]], "n": .stringConvertible(3)])
        == #"{"time":"2026-01-31T12:00:00.123456Z","level":"warning","program":"llava-test","#
        + #""message":"said \"no\"\n","trace":"0af7","metadata":{"all":["x",{"y":"z"}],"n":"3","worker":"ipc:///a"}}"#)
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000000Z"), (951_782_399_999_999, "2000-02-28T23:59:59.999999Z"),
    (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
    (1_735_689_599_000_001, "2024-12-31T23:59:59.000001Z"), (-1, "1969-12-31T23:59:59.999999Z"),
  ])
  func everyInstantHasItsDate(_ microseconds: Int64, _ date: String) {
    #expect(line(at: microseconds).hasPrefix(#"{"time":"\#(date)""#))
  }

  /// Whatever a message holds, it stays one line, and comes back as it was.
  @Test func everyCharacterComesBackFromOneLine() throws {
    let text = String((0..<0x250).compactMap { UnicodeScalar($0).map(Character.init) }) + "\u{2028}\u{2029}😀\r\n"
    let line = line(text, [text: "\(text)"])
    #expect(!line.contains { $0.isNewline })
    let object = try object(line)
    #expect(object["message"] as? String == text)
    #expect((object["metadata"] as? [String: String])?[text] == text)
  }

  @Test func aLineIsBoundedWhateverItIsGiven() throws {
    var deep: Logger.MetadataValue = "end"
    for _ in 0..<1000 { deep = ["key": deep] }
    let long = String(repeating: "é", count: 1 << 20)
    var metadata: Logger.Metadata = ["deep": deep, "long": "\(long)"]
    for index in 0..<1000 { metadata["more \(index)"] = "x" }
    let line = line(long, metadata)
    #expect(line.utf8.count < 3 * TelemetryLimits.logTextByteCount)
    let object = try object(line)
    #expect((object["message"] as? String)?.hasSuffix("é…") == true)
    #expect((object["metadata"] as? [String: Any])?.count == TelemetryLimits.logMetadataCount)
  }

  @Test func whatAnEventSaysWinsOverWhatItsLoggerAlwaysSays() throws {
    let written = Lock<[String]>([])
    var logger = Logger(label: "l") { label in
      JSONLogHandler(program: label, now: { 0 }) { line in written.withLock { $0.append(line) } }
    }
    logger[metadataKey: "a"] = "logger"
    logger[metadataKey: "b"] = "logger"
    logger.info("m", metadata: ["b": "event"])
    logger.debug("below its level")
    let lines = written.withLock { $0 }
    #expect(lines.count == 1)
    #expect(lines.first?.hasSuffix(#""metadata":{"a":"logger","b":"event"}}"#) == true)
  }
}
