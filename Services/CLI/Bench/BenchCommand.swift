import ArgumentParser
import Checkpoint
import Concurrency
import Foundation
import Launch
import Numerics

/// `llava bench`: how fast a model is on this machine, and how near that is to what the machine can do.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure a model on this machine, beside what the machine can do at most.",
    discussion: """
      EXAMPLES
        llava bench                                             the demo model
        llava bench --geometry 7b --stored q4_0 --weights q4_0
        llava bench --model 7b-q4_0.gguf --mmproj mmproj-7b-q4_0.gguf --stages prefill,decode
        llava bench --json > before.json
        llava bench --compare before.json

      STAGES
        load         opening, packing and checking the files, warm
        encode       views through tower and projector
        prefill      prompts alone
        decode       steps of one stream, and of streams on one shared
                     prefix of --depth tokens; what the forks and joins of
                     a step cost
        ask-again    a question on a known image until its second token,
                     beside the question alone and one step
        ask-restarted
                     the same where the image was known before a restart,
                     beside the same and a reading of its files
        first-token  a new image and \(Workload.questionTokenCount) tokens, from its pixels on
        gap          four streams while a prompt of --depth tokens comes:
                     the 99th percentile of the gaps between their tokens,
                     and the prompt's time beside the same alone
      The last four go through the decoder as it serves.

      FLOOR is the least time that this machine needs: multiply-adds of each
      type at the rate that they have in registers, or bytes at the read
      bandwidth, whichever is longer. SHARE is FLOOR / TIME. Both rates are
      measured again after each sample of a second or more: on a shared
      machine they drift. Run it on a quiet machine, and compare runs of the
      same hour: other load moves every figure.

      --geometry writes GGUF files with random weights, the same every time,
      into a temporary folder, and removes them at the end; the folder of
      --keep stays, and its files are used again. Ctrl-C stops at the next
      pass.
      """)

  @Option(help: "A model's directory or GGUF file (default: the demonstration model).", completion: .file())
  var model: String?

  @Option(
    name: [.customLong("mmproj"), .customLong("vision-tower")],
    help: "The tower that is not with the model: CLIP's directory, or the mmproj GGUF.", completion: .file())
  var visionTower: String?

  @Option(help: "Random weights of this size: \(Geometry.expectation).", transform: Geometry.parsed)
  var geometry: Geometry?

  @Option(
    help: "What the files of --geometry have weights in: \(GeometryFiles.Stored.expectation) (default: q4_0).",
    transform: GeometryFiles.Stored.parsed)
  var stored: GeometryFiles.Stored?

  @Option(help: "Keep the files of --geometry in this folder, and use those that are there.", completion: .directory)
  var keep: String?

  @Option(
    help: "In which numbers to serve: \(Precision.expectation) (default: as the workers).",
    transform: Precision.parsed)
  var weights: Precision = .standard

  @Option(help: "The same for the tower (default: as --weights).", transform: Precision.parsed)
  var towerWeights: Precision?

  @Option(help: "Threads that compute (default: the cores that this process may use).", transform: ThreadCount.parsed)
  var threads: ThreadCount?

  @Option(help: "What to measure: \(StageList.names) (default: all).", transform: StageList.parsed)
  var stages = StageList.all

  @Option(help: "Times that each is measured; the median counts (default: 5).", transform: Repeats.parsed)
  var repeats: Repeats?

  @Option(help: "Views in one batch (default: 1,4).", transform: CountList.parsed)
  var views: CountList?

  @Option(help: "Tokens of prompts (default: 64,640).", transform: CountList.parsed)
  var prompts: CountList?

  @Option(help: "Streams that decode together, up to 64 (default: 1,4,16).", transform: CountList.parsed)
  var streams: CountList?

  @Option(help: "Tokens of the prefix that streams share (default: 640).", transform: Count.parsed)
  var depth: Count?

  @Flag(help: "Print one JSON object.")
  var json = false

  @Option(help: "A file that --json has written: show ratios to that run.", completion: .file())
  var compare: String?

  func validate() throws {
    guard geometry == nil || model == nil && visionTower == nil else {
      throw ValidationError("expected --geometry or --model, found both")
    }
    guard geometry != nil || stored == nil && keep == nil else {
      throw ValidationError("expected --geometry with --stored and --keep, found none")
    }
    guard (views?.counts.max() ?? 0) <= Self.batchLimit, (streams?.counts.max() ?? 0) <= Self.batchLimit else {
      throw ValidationError("expected at most \(Self.batchLimit) views or streams at once")
    }
  }

  /// More at once than any worker takes on; each has its activations.
  private static let batchLimit = 64

  func run() async throws {
    let earlier = try compare.map { path throws(LaunchError) in try BenchReport(readingFrom: path) }
    let report = try await untilInterrupt { try await measured() }
    let comparison = earlier.map { Comparison(of: report, with: $0) }
    guard json else {
      return try Output.standardOutput.write(report.text + (comparison.map { "\n" + $0.text } ?? ""))
    }
    try Output.standardOutput.write(BenchJSON(report: report, comparison: comparison).json + "\n")
  }

  private var workload: Workload {
    var workload = Workload()
    workload.views = views?.counts ?? workload.views
    workload.prompts = prompts?.counts ?? workload.prompts
    workload.streams = streams?.counts ?? workload.streams
    workload.depth = depth?.count ?? workload.depth
    workload.repeats = repeats?.count ?? workload.repeats
    return workload
  }

  private func measured() async throws -> BenchReport {
    guard let geometry else {
      return try await measured(ModelLocation.paths(named: model, visionTower: visionTower))
    }
    let vocabulary = try ModelLocation.paths(named: nil).model
    let files = GeometryFiles(geometry: geometry, stored: stored ?? .q40, vocabulary: vocabulary)
    let folder = keep ?? FileManager.default.temporaryDirectory.appendingPathComponent("llava-bench-\(getpid())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // Mapped files outlive their names; what cannot be removed is the system's to clear.
    defer { if keep == nil { try? FileManager.default.removeItem(atPath: folder) } }
    return try await measured(try written(files, in: folder))
  }

  private func written(_ files: GeometryFiles, in folder: String) throws -> ModelPaths {
    let clock = SystemClock()
    var progress: ByteProgress?
    defer { progress?.end() }
    return try files.written(in: folder) { byteCount, total in
      if progress == nil {
        progress = ByteProgress(total: total, output: .standardError)
        progress?.begin(at: clock.now)
      }
      progress?.advance(by: byteCount, at: clock.now)
    }
  }

  private func measured(_ paths: ModelPaths) async throws -> BenchReport {
    let compute = Compute(threads: (threads ?? .automatic).count)
    let bench = try await Bench(
      stages: stages.stages, workload: workload, weights: weights,
      towerWeights: towerWeights ?? weights, paths: paths,
      meter: MachineMeter(compute: compute, clock: SystemClock()), progress: BenchProgress())
    let (findings, model) = try await bench.run()
    return BenchReport(bench, findings, model, geometry: geometry)
  }
}

/// How often something is measured.
struct Repeats: SettingValue, Equatable, Sendable {
  /// A day of the slowest stage.
  private static let limit = 1000
  let count: Int

  static var expectation: String { "1 to \(limit)" }
  init?(setting text: String) {
    guard let count = Int(text), (1...Self.limit).contains(count) else { return nil }
    self.count = count
  }
  var settingText: String { "\(count)" }
}

/// The report as one JSON object, with the comparison where there is one.
private struct BenchJSON: Encodable {
  var report: BenchReport
  var comparison: Comparison?

  private enum CodingKeys: CodingKey { case comparison }

  func encode(to encoder: any Encoder) throws {
    try report.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(comparison, forKey: .comparison)
  }
}
