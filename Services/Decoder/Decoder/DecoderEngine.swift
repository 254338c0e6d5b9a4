public import Checkpoint
public import Concurrency
public import Contracts
import LanguageModel
public import Logging
import Numerics
public import RPC
import Scheduling
import Serving
public import Telemetry
import Tokenizer

/// Goes on with conversations, many at a time: schedule, run, postprocess, again and again on one inference thread.
public final class DecoderEngine: AnswerGenerating {
  struct State {
    var scheduler: Scheduler
    var sequences: [SequenceID: Sequence] = [:]
    var nextID: UInt64 = 0
    var stepCount = 0
    var draftedTokenCount = 0
    var acceptedTokenCount = 0
    /// Blocks that were written to the store, and that came back.
    var keptBlockCount = 0
    var restoredBlockCount = 0
    var tokenCount = 0
    var prefillTokenCount = 0
    var cachedTokenCount = 0

    /// Drafts for whoever it pays for: how many tokens, for each.
    mutating func draft() -> [SequenceID: Int] {
      let price = scheduler.draftPrice
      var counts: [SequenceID: Int] = [:]
      for id in sequences.keys where scheduler.isRunning(id) {
        counts[id] = sequences[id]?.speculate(atPrice: price)
      }
      return counts
    }
  }

  public let card: ModelCard
  private let clock: any MonotonicClock
  let model: any GenerativeModel
  private let reader: PromptReader
  private let speculates: Bool
  private let admission: Admission
  let inference: any ComputeThread
  let state: Lock<State>
  let arrival = Signal()
  private let stepSeconds: DurationMeter
  /// Nothing where rows are kept in memory only.
  let kept: KeptPrefixes?

  /// Throws where the checkpoint lacks something, or the KV memory cannot hold one sequence of full length.
  public convenience init(
    _ checkpoint: Checkpoint, options: DecoderOptions, clock: any MonotonicClock,
    inference: any ComputeThread = InferenceThread(), prefixes: (any PrefixStore)? = nil,
    metrics: MetricRegistry = MetricRegistry(), logger: Logger = .silent
  ) throws {
    let blockByteCount = DecoderOptions.blockByteCount(of: checkpoint, in: options.precision)
    let context = checkpoint.configuration.language.contextLength
    let blockCount = max(0, options.kvByteCount) / blockByteCount
    let needed = (context + KVCache.blockTokenCount - 1) / KVCache.blockTokenCount
    guard blockCount >= needed else {
      throw ServiceError(
        .invalidRequest,
        "KV memory: expected at least \(needed * blockByteCount) bytes, for one context of \(context) tokens, "
          + "found \(options.kvByteCount); give --kv-memory more, or the machine")
    }
    let compute = Compute(threads: options.threadCount)
    try checkpoint.checkNumbers(of: ModelPart.decoder, on: compute)
    let model = try LlavaModel(checkpoint, precision: options.precision, on: compute, blockCount: blockCount)
    try self.init(
      checkpoint, model: model, blockCount: blockCount, options: options, clock: clock, inference: inference,
      prefixes: prefixes, metrics: metrics, logger: logger)
  }

  /// Takes a model of any make; tokenizer and configuration are the checkpoint's.
  public convenience init(
    _ checkpoint: Checkpoint, model: any GenerativeModel, blockCount: Int, options: DecoderOptions,
    clock: any MonotonicClock, inference: any ComputeThread, prefixes: (any PrefixStore)? = nil,
    disk: any ComputeThread = InferenceThread(), metrics: MetricRegistry = MetricRegistry(), logger: Logger = .silent
  ) throws {
    var card = try ModelCard(
      of: checkpoint, precision: checkpoint.precisionName(in: options.precision), isDecoder: true)
    card.reference = options.reference
    if let policy = options.policy { card.see(by: policy) }
    card.arithmetic = try checkpoint.arithmetic(in: options.precision, build: options.build)
    self.init(
      card, reader: try PromptReader(checkpoint, card: card, rowEnd: model.rowEnd, template: options.template),
      model: model, blockCount: blockCount, options: options, clock: clock, inference: inference, prefixes: prefixes,
      disk: disk, metrics: metrics, logger: logger)
  }

  /// Takes what others have made of a checkpoint, and can have made once for many engines.
  init(
    _ card: ModelCard, reader: PromptReader, model: any GenerativeModel, blockCount: Int, options: DecoderOptions,
    clock: any MonotonicClock, inference: any ComputeThread, prefixes: (any PrefixStore)?, disk: any ComputeThread,
    metrics: MetricRegistry, logger: Logger
  ) {
    self.card = card
    self.reader = reader
    self.model = model
    self.clock = clock
    self.inference = inference
    kept = prefixes.map { KeptPrefixes(store: $0, disk: disk) }
    speculates = options.speculation
    admission = Admission(
      limit: options.requestCount, of: "generations", clock: clock, metrics: metrics, logger: logger)
    state = Lock(State(scheduler: Scheduler(limits: options.limits(blockCount: blockCount))))
    stepSeconds = metrics.durations(of: .decoderStepSeconds)
    metrics.ask { [weak self] in self?.samples ?? [] }
  }

  // MARK: The step loop

  /// Computes one step of nothing, so that the first question finds weights in memory and threads awake. Before `run`:
  /// it writes to a block that belongs to nobody yet.
  public func warmUp() async throws {
    _ = try await inference.run { [model] in
      model.forward([SequenceChunk([.tokens([0])], at: 0, blocks: [0], logits: .last)])
    }
  }

  /// Computes what has arrived until the task is cancelled.
  public func run() async {
    await withTaskGroup { group in
      group.addTask { await self.keepPrefixes() }
      while (try? await arrival.wait()) != nil {
        while !Task.isCancelled, case let step = schedule(), !step.isEmpty { await compute(step) }
      }
      group.cancelAll()
    }
    // Nobody computes any more; whoever still waits hears of it, in the order of arrival.
    for (_, sequence) in state.withLock({ $0.sequences.sorted { $0.key.rawValue < $1.key.rawValue } }) {
      sequence.output.finish(throwing: ServiceError(.unavailable, "the decoder has stopped"))
    }
  }

  private func schedule() -> Step {
    state.withLock { state in
      let drafts = speculates ? state.draft() : [:]
      let step = state.scheduler.next(drafting: drafts)
      for missing in step.missing { state.sequences[missing.id]?.output.yield(.need(missing.images)) }
      for chunk in step.prefills where state.sequences[chunk.id]?.hasStarted == false {
        let cached = state.scheduler.sharedTokenCount(of: chunk.id) ?? 0
        state.sequences[chunk.id]?.start(cached: cached)
        state.cachedTokenCount += cached
      }
      return step
    }
  }

  /// One pass: the model runs, tokens are drawn for each chunk that yields some, and everybody hears of theirs.
  private func compute(_ step: Step) async {
    let work = state.withLock { state in
      (step.decodes + step.prefills).compactMap { chunk in state.sequences[chunk.id].map { (chunk, $0) } }
    }
    let computed = try? await inference.run { [model, clock, stepSeconds] in  // failures are in the results
      let started = clock.now
      for copy in step.copies { model.cache.copy(Int32(copy.source), to: Int32(copy.destination)) }
      let logits = model.forward(work.map { chunk, sequence in SequenceChunk(chunk, of: sequence) })
      let draws = zip(work, logits).map { work, logits in
        let (chunk, sequence) = work
        return chunk.needsLogits ? sequence.draw(from: logits, drafted: chunk.draftedTokenCount) : Draws()
      }
      let duration = clock.now - started
      stepSeconds.record(duration)
      return (draws: draws, duration: duration)
    }
    let results = zip(work.map(\.0), computed?.draws ?? [])
    state.withLock { state in
      state.stepCount += 1
      state.prefillTokenCount += step.prefills.reduce(0) { $0 + $1.positions.count }
      state.scheduler.completed(
        step, in: computed?.duration ?? .zero,
        rejected: Dictionary(uniqueKeysWithValues: results.map { ($0.id, $0.draftedTokenCount - $1.acceptedCount) }))
      for chunk in step.prefills { kept?.queue.append(state.scheduler.boundaries(completedBy: chunk).map(\.key)) }
      for (chunk, draws) in results where chunk.needsLogits {
        let drafted = chunk.draftedTokenCount
        guard let taken = state.sequences[chunk.id]?.take(draws, drafted: drafted) else { continue }
        if taken.isFinished { state.scheduler.finish(chunk.id) }
        state.draftedTokenCount += drafted
        state.acceptedTokenCount += taken.accepted
        state.tokenCount += taken.tokenCount
      }
    }
  }

  // MARK: A generation

  public func generate(
    _ request: GenerateRequest, over exchange: any GenerationExchange, in context: CallContext
  ) async throws {
    try await admission.withPlace(in: context) {
      let (replies, output) = AsyncThrowingStream.makeStream(of: GenerateReply.self)  // bounded by the token limit
      var sequence = try reader.sequence(
        for: request, output: output, stopwatch: Stopwatch(clock), enter: context.enter)
      guard !sequence.finishIfComplete() else {
        for try await reply in replies { try await exchange.send(reply) }
        return
      }
      context.enter("decoder wait")
      let shape = sequence.layout.shape(maximumTokenCount: sequence.tokenLimit - sequence.tokens.count)
      try await bringBack(shape)
      let id = try arrive(sequence, shape)
      defer { leave(id) }
      try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          try await self.receive(request.images, for: id, from: exchange)
          return false
        }
        group.addTask {
          for try await reply in replies { try await exchange.send(reply) }
          return true
        }
        while let isFinished = try await group.next(), !isFinished {}
        group.cancelAll()
      }
      try Task.checkCancellation()
    }
  }

  private func arrive(_ sequence: Sequence, _ shape: PromptShape) throws(ServiceError) -> SequenceID {
    let id = try state.withLock { state throws(ServiceError) in
      state.nextID += 1
      let id = SequenceID(state.nextID)
      switch state.scheduler.arrive(id, shape) {
      case .queued(let missing):
        state.sequences[id] = sequence
        sequence.output.yield(.need(missing))
      case .refused(let refusal):
        switch refusal {
        case .waitingQueueFull: throw ServiceError(.overloaded, "\(refusal)", retryAfter: .seconds(1))
        case .exceedsBlocks: throw ServiceError(.tooLarge, "\(refusal)")
        }
      }
      return id
    }
    arrival.raise()
    return id
  }

  /// Forgets a sequence, wherever it was: at the latest the next step is without it.
  private func leave(_ id: SequenceID) {
    state.withLock { state in
      state.scheduler.finish(id)
      state.sequences[id] = nil
    }
    // What it held may be what the next in line waits for.
    arrival.raise()
  }

  /// Projects features as they come, view by view: what is computed first need not wait for the last.
  private func receive(
    _ images: [ImageReference], for id: SequenceID, from exchange: any GenerationExchange
  ) async throws {
    var nextViews: [Int: Int] = [:]
    while let (image, view, features) = try await exchange.receive() {
      let expected = nextViews[image, default: 0]
      guard images.indices.contains(image), view == expected else {
        throw ServiceError(
          .invalidRequest, "expected view \(expected) of image \(image) of \(images.count), found view \(view)")
      }
      nextViews[image] = (view + 1) % images[image].viewCount  // all may be needed once more
      let rows = try await inference.run { [model] in model.project(features) }
      state.withLock { state in
        guard let tokenCount = state.sequences[id]?.take(rows, view: view, of: image) else { return }
        state.scheduler.featuresArrived(id, image: image, tokenCount: tokenCount)
      }
      arrival.raise()
    }
  }

  public func traces(of trace: TraceID) async -> TraceReply { admission.traces(of: trace) }

  public func health() async -> HealthReply {
    let gauges = state.withLock { state in
      let scheduler = state.scheduler
      let blocks = scheduler.blockCounts
      return [
        Gauge("waiting", scheduler.waitingCount), Gauge("running", scheduler.runningCount),
        Gauge("kv_blocks", blocks.total), Gauge("kv_blocks_free", blocks.free),
        Gauge("kv_blocks_cached", blocks.cached),
        Gauge("kv_blocks_referenced", blocks.referenced), Gauge("steps", state.stepCount),
        Gauge("tokens", state.tokenCount), Gauge("prefill_tokens", state.prefillTokenCount),
        Gauge("tokens_drafted", state.draftedTokenCount), Gauge("tokens_accepted", state.acceptedTokenCount),
        Gauge("kv_blocks_kept", state.keptBlockCount), Gauge("kv_blocks_restored", state.restoredBlockCount),
      ]
    }
    return HealthReply(isReady: true, reason: "", gauges: admission.gauges + gauges)
  }
}

extension SequenceChunk {
  /// What the model computes of a chunk; logits wherever a token is drawn.
  fileprivate init(_ chunk: Chunk, of sequence: Sequence) {
    self.init(
      sequence.inputs(at: chunk.positions), at: chunk.positions.lowerBound, blocks: chunk.blocks.map { Int32($0) },
      logits: chunk.needsLogits ? (chunk.draftedTokenCount > 0 ? .all : .last) : .none)
  }
}
