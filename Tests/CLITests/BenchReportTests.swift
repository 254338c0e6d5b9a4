import ArgumentParser
import Foundation
import Launch
import Testing

@testable import CLI

struct BenchReportTests {
  private func report(_ figures: [(String, Double)], threads: Int = 2, peak: Int? = 100) -> BenchReport {
    let limits = MachineLimits(readBandwidth: 1e9, fp32: 1e9, bf16: nil, int8: 3e9)
    var work = Work(bytes: 1e9)
    work.multiplyAdds.int8 = 2e9
    return BenchReport(
      machine: .init(
        processor: "A", cores: 2, threads: threads, instructionSet: "avx2", matrixLibrary: "Haswell", limits: limits),
      model: .init(name: "m", geometry: "7b", stored: ["Q4_0": 3], weights: "q4_0", towerWeights: "int8"),
      workload: Workload(),
      figures: figures.map { name, seconds in
        Figure(.decode, name, samples: [seconds, seconds / 3, 3 * seconds]).making(4, "tokens")
          .needing([work], on: [limits, limits, limits]).against([seconds], "another")
      }, memory: peak.map { MemoryFigure(peak: $0, weights: 60, kv: 30, isOfModelAlone: true) })
  }

  private func reading(_ text: String) throws -> BenchReport {
    try withFolder { folder in
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/r.json"))
      return try BenchReport(readingFrom: "\(folder)/r.json")
    }
  }

  @Test func aReportIsReadAsItWasWritten() throws {
    let report = report([("decode 1 stream", 1 / 3), ("decode 4 streams at 640", 0.1)])
    #expect(try reading(report.json) == report)
  }

  @Test(
    arguments: [
      ("", "no JSON"), ("[1]", "another kind of value"), ("{}", "no \"format\""),
      (#"{"format": 2}"#, "format 1, found 2"),
      (#"{"format": 1}"#, "no \"build\""), ("\u{0}\u{1}", "no JSON"),
    ]) func whatIsNoReportIsNamedWithItsFault(text: String, fault: String) throws
  {
    let error = try #require(throws: LaunchError.self) { try reading(text) }
    #expect(error.code == .usage && error.message.contains("--compare ") && error.message.contains("r.json"))
    #expect(error.message.contains(fault), "\(error.message)")
  }

  /// Each loses one field, or has another kind of value in it.
  @Test func aReportThatIsDamagedIsAnErrorForEveryField() throws {
    let whole = try JSONSerialization.jsonObject(with: Data(report([("x", 1)]).json.utf8)) as? [String: Any]
    for key in try #require(whole).keys.sorted() where key != "memory" {
      var damaged = try #require(whole)
      damaged[key] = nil
      for value in [nil, ["a": 1], "z"] as [Any?] {
        damaged[key] = value
        if key == "build", value is String { continue }
        let text = String(decoding: try JSONSerialization.data(withJSONObject: damaged), as: UTF8.self)
        let error = try #require(throws: LaunchError.self, "\(key)") { try reading(text) }
        #expect(error.message.contains("r.json"), "\(key)")
      }
    }
  }

  @Test func aFileThatIsNotThereOrTooLongIsNamed() throws {
    let missing = try #require(throws: LaunchError.self) { try BenchReport(readingFrom: "/nowhere/r.json") }
    #expect(missing.message.contains("--compare /nowhere/r.json"))
    let long = try #require(throws: LaunchError.self) { try reading(String(repeating: " ", count: (1 << 20) + 1)) }
    #expect(long.message.contains("expected at most 1.0 MiB"))
  }

  @Test func aComparisonSaysHowManyTimesAsFastAndWhatIsOnOneSideOnly() {
    let before = report([("a", 2), ("gone", 1)], threads: 1, peak: 200)
    let comparison = Comparison(of: report([("a", 0.5), ("new", 1)]), with: before)
    #expect(comparison.lines.map(\.name) == ["a", "new", "gone"])
    #expect(comparison.lines.map(\.ratio) == [4, nil, nil])
    #expect(comparison.lines[1].before == nil && comparison.lines[2].now == nil)
    #expect(comparison.memory?.ratio == 2)
    #expect(comparison.differences == ["threads: 1 before, 2 now"])
    #expect(comparison.text.contains("another threads: 1 before, 2 now"))
    #expect(comparison.text.contains("peak memory 0.5 times what it was"))
    #expect(Comparison(of: before, with: before).differences.isEmpty)
  }

  @Test func theTableSaysWhatAFigureIsHeldAgainstAndWhatTheCPUHasNot() {
    let text = report([("decode 1 stream", 1)]).text
    for words in [
      "bf16 not in this CPU (avx2)", "random weights of 7b", "served as q4_0, the tower as int8", "4 tokens/s",
      "1 times another (1 s)",
      "memory  peak 100 B, 1.11 times weights of 60 B and KV of 30 B", "100 %  memory",
    ] { #expect(text.contains(words), "\(words) in \(text)") }
  }

  @Test(arguments: [
    ["--stages", "prefill,foo"], ["--stages", ""], ["--stages", "load,load"], ["--views", "0"], ["--views", "1,,2"],
    ["--prompts", "1,1"], ["--prompts", "1,2,3,4,5,6,7,8,9"], ["--streams", "65"], ["--views", "65"],
    ["--repeats", "0"],
    ["--repeats", "1001"], ["--geometry", "9b"], ["--stored", "q4_0"], ["--keep", "x"],
    ["--geometry", "7b", "--model", "x"], ["--geometry", "7b", "--stored", "q4_K"], ["--weights", "int3"],
    ["--depth", "0"], ["--prompts", "99999999999999999999"],
  ]) func aFlagThatMakesNoSenseIsRefused(arguments: [String]) {
    #expect(throws: (any Error).self) { try BenchCommand.parse(arguments) }
  }

  @Test func flagsAreTakenInAnyOrderOfTheirValues() throws {
    let command = try BenchCommand.parse(["--stages", "decode,load", "--streams", "16,1", "--mmproj", "p"])
    #expect(command.stages.stages == [.load, .decode] && command.stages.settingText == "load,decode")
    #expect(command.streams?.counts == [1, 16] && command.visionTower == "p")
  }

  @Test func aWorkloadBeyondTheContextIsAnErrorWithBothNumbers() throws {
    var workload = Workload()
    workload.prompts = [5000]
    let error = try #require(throws: LaunchError.self) {
      try workload.check(contextLength: 4096, featureCount: 576)
    }
    #expect(error.message.contains("4096") && error.message.contains("5000"))
    workload.prompts = [4096]
    try workload.check(contextLength: 4096, featureCount: 576)
  }
}
