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
  let compute: Compute
  let clock: any MonotonicClock
  let watch: MachineWatch
  let progress: BenchProgress
  let thread: any ComputeThread

  /// What was found; the first stage loads the model, whether or not that is to be reported.
  struct Findings: Sendable {
    var figures: [Figure] = []
    var limits: MachineLimits
    var memory: MemoryFigure?
  }

  /// Measures the machine first.
  init(
    stages: Set<Stage>, workload: Workload, weights: Precision, towerWeights: Precision, paths: ModelPaths,
    meter: MachineMeter, progress: BenchProgress
  ) async throws {
    let thread = InferenceThread()
    progress.show("the machine's limits", 0, of: 1)
    self.stages = stages
    self.workload = workload
    self.weights = weights
    self.towerWeights = towerWeights
    self.paths = paths
    compute = meter.compute
    clock = meter.clock
    watch = try await MachineWatch(clock: meter.clock) {
      try Task.checkCancellation()
      return try await thread.run { try meter.measure() }
    }
    self.progress = progress
    self.thread = thread
  }

  func run() async throws -> (findings: Findings, model: BenchModel) {
    let configuration = try Checkpoint(paths).configuration
    try workload.check(
      contextLength: configuration.language.contextLength, featureCount: configuration.featureCount)
    let isReset = PeakMemory.reset()
    let (model, loading) = try await load(blockCount: workload.blockCount(featureCount: configuration.featureCount))
    var figures: [Figure] = []
    for stage in Stage.allCases where stages.contains(stage) {
      try Task.checkCancellation()
      figures += try await measured(stage, model, loading)
    }
    progress.end()
    var findings = Findings(figures: figures, limits: await watch.highest)
    if let peak = await watch.peakMemory() {
      findings.memory = MemoryFigure(
        peak: peak, weights: model.work.weightByteCount, kv: model.kvByteCount, isOfModelAlone: isReset)
    }
    return (findings, model)
  }

  private func measured(_ stage: Stage, _ model: BenchModel, _ loading: [Sample]) async throws -> [Figure] {
    switch stage {
    case .load: return [loadFigure(loading, model)]
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
  private func load(blockCount: Int) async throws -> (model: BenchModel, samples: [Sample]) {
    let count = stages.contains(.load) ? workload.repeats : 1
    var samples: [Sample] = []
    for index in 1..<count {
      progress.show("load", index - 1, of: count)
      samples.append(try await loaded(blockCount).sample)
    }
    progress.show("load", count - 1, of: count)
    let last = try await loaded(blockCount)
    return (last.model, samples + [last.sample])
  }

  private func loaded(_ blockCount: Int) async throws -> (model: BenchModel, sample: Sample) {
    try Task.checkCancellation()
    let (loaded, limits) = try await watch.around { try await timedLoad(blockCount) }
    return (loaded.model, Sample(seconds: loaded.seconds, limits: limits))
  }

  private func timedLoad(_ blockCount: Int) async throws -> (model: BenchModel, seconds: Double) {
    try await thread.run { [clock, paths, weights, towerWeights, compute] in
      let start = clock.now
      let model = try BenchModel(
        paths, weights: weights, towerWeights: towerWeights, blockCount: blockCount, on: compute)
      return (model, (clock.now - start).inSeconds)
    }
  }

  /// Of the files' bytes, which have to be read once.
  private func loadFigure(_ samples: [Sample], _ model: BenchModel) -> Figure {
    Figure(.load, "load", samples: samples.seconds)
      .needing([Work(bytes: Double(model.fileByteCount))], on: samples.limits)
  }

  /// Each repeat of `body`, which computes.
  func samples(of name: String, _ body: @escaping @Sendable () throws -> Void) async throws -> [Sample] {
    var samples: [Sample] = []
    for index in 0..<workload.repeats {
      progress.show(name, index, of: workload.repeats)
      let repeated = try await watch.around { try await seconds(of: body) }
      samples.append(Sample(seconds: repeated.value, limits: repeated.limits))
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
