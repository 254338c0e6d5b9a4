import Checkpoint
import Concurrency
import Launch
import Numerics

/// One run: every stage that was chosen, one after the other, since they measure what they would take from each other.
struct Bench: Sendable {
  var stages: Set<Stage>
  var workload: Workload
  var weights: Precision
  var towerWeights: Precision
  var paths: ModelPaths
  let meter: MachineMeter
  let progress: BenchProgress
  let thread: any ComputeThread = InferenceThread()

  var compute: Compute { meter.compute }
  var clock: any MonotonicClock { meter.clock }

  /// What was found; the first stage loads the model, whether or not that is to be reported.
  struct Findings: Sendable {
    var figures: [Figure] = []
    var limits: MachineLimits
    var memory: MemoryFigure?
  }

  func run() async throws -> (findings: Findings, model: BenchModel) {
    let configuration = try Checkpoint(paths).configuration
    try workload.check(
      contextLength: configuration.language.contextLength, featureCount: configuration.featureCount)
    var limits = try await measureLimits()
    var findings = Findings(limits: limits)
    let isReset = PeakMemory.reset()
    let (model, loading) = try await load(blockCount: workload.blockCount(featureCount: configuration.featureCount))
    var peak = PeakMemory.bytes
    for stage in Stage.allCases where stages.contains(stage) {
      let measure = try await measurement(of: stage, model, loading)
      peak = [peak, PeakMemory.bytes].compactMap { $0 }.max()
      // The buffer that the limits are measured with is not the model's.
      let after = try await measureLimits()
      _ = PeakMemory.reset()
      findings.figures += measure(MachineLimits.best(limits, after))
      findings.limits = MachineLimits.best(findings.limits, after)
      limits = after
    }
    progress.end()
    if let peak {
      findings.memory = MemoryFigure(
        peak: peak, weights: model.work.weightByteCount, kv: model.kvByteCount, isOfModelAlone: isReset)
    }
    return (findings, model)
  }

  private func measureLimits() async throws -> MachineLimits {
    progress.show("the machine's limits", 0, of: 1)
    try Task.checkCancellation()
    return try await thread.run { [meter] in try meter.measure() }
  }

  /// Figures once the limits around the stage are known.
  typealias Measurement = (MachineLimits) -> [Figure]

  private func measurement(
    of stage: Stage, _ model: BenchModel, _ loading: [Double]
  ) async throws -> Measurement {
    switch stage {
    case .load:
      return { [loadFigure(loading, model, $0)] }
    case .encode: return try await EncodeStage(self, model).measured()
    case .prefill: return try await PrefillStage(self, model).measured()
    case .decode: return try await DecodeStage(self, model).measured()
    case .askAgain: return try await AskAgainStage(self, model).measured()
    case .askRestarted: return try await AskRestartedStage(self, model).measured()
    case .firstToken: return try await FirstTokenStage(self, model).measured()
    case .gap: return try await GapStage(self, model).measured()
    }
  }

  /// Loads as often as it is measured, and once where it is not; one model is in memory at a time.
  private func load(blockCount: Int) async throws -> (model: BenchModel, samples: [Double]) {
    let count = stages.contains(.load) ? workload.repeats : 1
    var samples: [Double] = []
    for index in 1..<count {
      progress.show("load", index - 1, of: count)
      samples.append(try await loaded(blockCount).seconds)
    }
    progress.show("load", count - 1, of: count)
    let last = try await loaded(blockCount)
    return (last.model, samples + [last.seconds])
  }

  private func loaded(_ blockCount: Int) async throws -> (model: BenchModel, seconds: Double) {
    try Task.checkCancellation()
    return try await thread.run { [clock, paths, weights, towerWeights, compute] in
      let start = clock.now
      let model = try BenchModel(
        paths, weights: weights, towerWeights: towerWeights, blockCount: blockCount, on: compute)
      return (model, (clock.now - start).inSeconds)
    }
  }

  /// Of the files' bytes, which have to be read once.
  private func loadFigure(_ samples: [Double], _ model: BenchModel, _ limits: MachineLimits) -> Figure {
    Figure(.load, "load", samples: samples).needing([Work(bytes: Double(model.fileByteCount))], on: limits)
  }

  /// Seconds of each repeat of `body`, which computes.
  func samples(
    of name: String, _ body: @escaping @Sendable () throws -> Void
  ) async throws -> [Double] {
    var samples: [Double] = []
    for index in 0..<workload.repeats {
      progress.show(name, index, of: workload.repeats)
      samples.append(try await seconds(of: body))
    }
    return samples
  }

  func seconds(of body: @escaping @Sendable () throws -> Void) async throws -> Double {
    try Task.checkCancellation()
    return try await thread.run { [clock] in
      let start = clock.now
      try body()
      return (clock.now - start).inSeconds
    }
  }
}
