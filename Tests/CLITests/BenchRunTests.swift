import Checkpoint
import Concurrency
import Contracts
import Foundation
import Launch
import Numerics
import Testing
import Tokenizer

@testable import CLI

/// The real bench on real models, by what it reports and never by how long anything took.
struct BenchRunTests {
  private static let demo = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../deploy/models/demo").standardizedFileURL.path

  private func bench(
    _ paths: ModelPaths, weights: String, stages: Set<Stage> = Set(Stage.allCases)
  ) async throws -> Bench {
    var workload = Workload()
    workload.repeats = 1
    (workload.views, workload.prompts, workload.streams, workload.depth) = ([1, 2], [16, 40], [1, 3], 40)
    var meter = MachineMeter(compute: Compute(threads: 2), clock: SystemClock())
    (meter.byteCount, meter.duration) = (4 << 20, .zero)
    return try await Bench(
      stages: stages, workload: workload, weights: try Precision.parsed(weights),
      towerWeights: try Precision.parsed(weights), paths: paths, meter: meter,
      progress: BenchProgress(output: Output(descriptor: open("/dev/null", O_WRONLY | O_CLOEXEC), name: "null")))
  }

  @Test(arguments: ["fp32", "q4_0"]) func everyStageIsReportedAndAddsUp(weights: String) async throws {
    let bench = try await bench(ModelPaths(Self.demo), weights: weights)
    let (findings, model) = try await bench.run()
    let report = BenchReport(bench, findings, model, geometry: nil)
    #expect(
      report.figures.map(\.name) == [
        "load", "encode 1 view", "encode 2 views", "prefill 16 tokens", "prefill 40 tokens", "decode 1 stream",
        "decode 1 stream at 40", "decode 3 streams at 40", "forks and joins of a step",
        "ask again, 34 tokens on a known image",
        "ask again after a restart, 34 tokens on a known image",
        "first token, new image + 34 tokens", "p99 gap of 4 streams, prefill of 40 tokens",
        "prefill 40 tokens beside 4 streams",
      ])
    #expect(Set(report.figures.map(\.stage)) == Set(Stage.allCases))
    for figure in report.figures {
      #expect(figure.samples.count == 1 && figure.seconds == figure.samples[0] && figure.seconds > 0, "\(figure)")
      if let floor = figure.floor {
        #expect(floor.seconds > 0 && figure.share == floor.seconds / figure.seconds, "\(figure)")
      }
      if let reference = figure.reference { #expect(reference > 0 && figure.ratio == figure.seconds / reference) }
      if let amount = figure.amount { #expect(figure.rate == amount / figure.seconds) }
    }
    #expect(report.figures.count { $0.ratio != nil } == 4)
    // A new image costs an encode and a prefill of its features and the question.
    let work = model.work
    let first = try #require(report.figures.first { $0.stage == .firstToken }?.work)
    #expect(first == work.encoding(views: 1) + work.prefill(576 + Workload.questionTokenCount))
    #expect(try reading(report) == report)
    #expect(report.model.weights == weights && report.model.name == "demo")
    let memory = try #require(report.memory)
    #expect(memory.peak > memory.kv && memory.kv == model.kvByteCount && memory.weights == work.weightByteCount)
  }

  private func reading(_ report: BenchReport) throws -> BenchReport {
    try withFolder { folder in
      try Data(report.json.utf8).write(to: URL(fileURLWithPath: "\(folder)/r.json"))
      return try BenchReport(readingFrom: "\(folder)/r.json")
    }
  }

  @Test func onlyWhatWasChosenIsReported() async throws {
    let bench = try await bench(ModelPaths(Self.demo), weights: "fp32", stages: [.prefill])
    let (findings, _) = try await bench.run()
    #expect(findings.figures.map(\.stage) == [.prefill, .prefill] && findings.memory != nil)
  }

  @Test func aCancelledRunEnds() async throws {
    let bench = try await bench(ModelPaths(Self.demo), weights: "fp32")
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await #expect(throws: CancellationError.self) { _ = try await bench.run() }
      }
      group.cancelAll()
    }
  }

  @Test func questionsHaveTheirLengthAndBeginDifferently() throws {
    let tokenizer = try Tokenizer(Checkpoint(ModelPaths(Self.demo)))
    let wording = Wording(tokenizer: tokenizer)
    for (count, images) in [(34, 0), (34, 1), (640, 0)] {
      var beginnings: [[Prompt.Element]] = []
      for number in [0, 1, 9, 10, 123] {
        let text = try wording.question(number: number, tokenCount: count, imageCount: images)
        let elements = try tokenizer.prompt(
          for: .init(asking: text, imageCount: images), template: Wording.template
        ).elements
        #expect(elements.count - images == count)
        let beginning = Array(elements.prefix(8))
        #expect(!beginnings.contains(beginning))
        beginnings.append(beginning)
      }
    }
  }

  private static let small = Geometry(
    name: "small", hidden: 64, feedForward: 96, layers: 2, heads: 2, keyValueHeads: 1, rows: 1024, context: 4096,
    tower: .init(hidden: 64, feedForward: 96, layers: 3, heads: 2, side: 336, patch: 14))

  @Test(arguments: ["f16", "bf16", "q8_0", "q4_0"]) func randomWeightsAreAModelThatIsTheSameEveryTime(
    stored: String
  ) async throws {
    let files = GeometryFiles(
      geometry: Self.small, stored: try GeometryFiles.Stored.parsed(stored), vocabulary: Self.demo)
    try withFolder { folder in
      var written = 0
      let paths = try files.written(in: folder) { count, total in
        written += count
        #expect(written <= total)
      }
      let checkpoint = try Checkpoint(paths)
      #expect(Inspection(checkpoint).faults.isEmpty && checkpoint.unusedTensors.isEmpty)
      #expect(written == checkpoint.byteCount(of: Set(ModelPart.allCases)))
      try checkpoint.checkNumbers(of: Set(ModelPart.allCases), on: Compute(threads: 1))
      let layers = checkpoint.tensors(of: [.languageModel]).filter { $0.key.hasSuffix("gate_proj.weight") }
      #expect(layers.values.allSatisfy { $0.type.lowercased() == stored })
      // No two matrices are the same.
      #expect(Set(layers.values.map(\.bytes)).count == 2)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)

      var again = 0
      #expect(try files.written(in: folder) { count, _ in again += count } == paths)
      #expect(again == 0)
      try withFolder { other in
        let copy = try files.written(in: other) { _, _ in }
        #expect(FileManager.default.contentsEqual(atPath: paths.model, andPath: copy.model))
      }
    }
  }

  @Test func randomWeightsAreMeasured() async throws {
    let files = GeometryFiles(geometry: Self.small, stored: .q40, vocabulary: Self.demo)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }  // the system's temporary folder
    let paths = try files.written(in: folder) { _, _ in }
    let bench = try await bench(paths, weights: "q4_0", stages: [.decode, .askAgain])
    let (findings, model) = try await bench.run()
    let report = BenchReport(bench, findings, model, geometry: Self.small)
    #expect(report.figures.count == 5 && report.model.geometry == "small")
    #expect(report.model.stored["Q4_0"] == 15 && report.model.stored["Q8_0"] == 1)
  }
}
