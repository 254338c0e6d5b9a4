import Concurrency
import Contracts
import Decoder
import LanguageModel
import Numerics
import RPC
import TilePlan
import Tokenizer

/// The real decoder on the model under measurement, asked as a gateway asks it.
struct BenchEngine: Sendable {
  /// When a question was asked, and what came of it.
  struct Answer: Sendable {
    let asked: Instant
    let tokens: [Instant]
    let usage: Usage

    /// Seconds until the token of this index.
    func seconds(untilToken index: Int) -> Double { (tokens[index] - asked).inSeconds }
  }

  private let engine: DecoderEngine
  private let model: BenchModel
  private let clock: any MonotonicClock
  private let thread: any ComputeThread
  private let wording: Wording
  private let sampling: Sampling

  /// Blocks of the cache that the engine leaves alone, for what is computed beside it.
  static func scratchBlocks(of model: BenchModel) -> [Int32] {
    Array(Int32(model.blockCount - scratchBlockCount)..<Int32(model.blockCount))
  }

  static let scratchBlockCount = 2 * Workload.questionTokenCount / KVCache.blockTokenCount + 1

  private init(_ bench: Bench, _ model: BenchModel, keeping prefixes: PrefixDirectory?) throws {
    let blockCount = model.blockCount - Self.scratchBlockCount
    var options = DecoderOptions(threadCount: model.compute.threadCount, kvByteCount: 0)
    // Random words repeat themselves, and drafts would make whoever repeats himself fast.
    options.speculation = false
    options.template = Wording.template
    engine = try DecoderEngine(
      model.checkpoint, model: model, blockCount: blockCount, options: options, clock: bench.clock,
      inference: bench.thread, prefixes: prefixes)
    self.model = model
    clock = bench.clock
    thread = bench.thread
    let tokenizer = try Tokenizer(model.checkpoint)
    wording = Wording(tokenizer: tokenizer)
    var sampling = Sampling()
    // An answer is as long as the measurement needs it.
    for id in model.checkpoint.configuration.endOfSequenceIDs where id < tokenizer.vocabularySize {
      sampling.logitBias[Int32(id)] = -100
    }
    self.sampling = sampling
  }

  /// Runs `body` beside an engine that knows nothing yet, but for what is in `prefixes`.
  static func with<Result: Sendable>(
    _ bench: Bench, _ model: BenchModel, keeping prefixes: PrefixDirectory? = nil,
    _ body: (BenchEngine) async throws -> Result
  ) async throws -> Result {
    let engine = try BenchEngine(bench, model, keeping: prefixes)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await engine.engine.run() }
      defer { group.cancelAll() }
      return try await body(engine)
    }
  }

  /// A question that is ready to be asked: finding the words takes time that is nobody's.
  struct Inquiry: Sendable {
    fileprivate let request: GenerateRequest
    fileprivate let image: Int?
    fileprivate let trace: TraceID
  }

  /// Question `number`, of `tokenCount` tokens; `image` is the number of the picture that it is about.
  func inquiry(number: Int, tokenCount: Int, image: Int? = nil, tokenLimit: Int) throws -> Inquiry {
    let text = try wording.question(number: number, tokenCount: tokenCount, imageCount: image == nil ? 0 : 1)
    let parts = (image == nil ? [] : [Part.image(0)]) + [.text(text)]
    return Inquiry(
      request: GenerateRequest(
        turns: [Turn(.user, parts)], images: image.map { [reference(to: $0)] } ?? [], sampling: sampling,
        tokenLimit: tokenLimit, stops: []), image: image, trace: TraceID(high: 0, low: UInt64(number)))
  }

  func ask(_ inquiry: Inquiry, said: @escaping @Sendable () -> Void = {}) async throws -> Answer {
    let exchange = BenchExchange(
      clock: clock, features: { try await features(ofImage: inquiry.image ?? 0) }, said: said)
    let asked = clock.now
    try await engine.generate(inquiry.request, over: exchange, in: CallContext(trace: inquiry.trace))
    guard let finished = exchange.finished, exchange.tokens.count == finished.usage.completionTokens else {
      throw ServiceError(.internalFailure, "the decoder ended an answer without finishing it")
    }
    return Answer(asked: asked, tokens: exchange.tokens, usage: finished.usage)
  }

  /// Returns once so many blocks have been written to files; throws after a minute.
  func hasKept(blockCount: Int) async throws {
    let patience = clock.now + .seconds(60)
    while true {
      let kept = await engine.health().gauges.first { $0.name == "kv_blocks_kept" }?.value ?? 0
      guard kept < blockCount else { return }
      guard clock.now < patience else {
        throw ServiceError(
          .internalFailure, "expected \(blockCount) blocks of rows in files within a minute, found \(kept)")
      }
      try await clock.sleep(for: .milliseconds(20))
    }
  }

  private func reference(to image: Int) -> ImageReference {
    let side = model.checkpoint.configuration.vision.imageSide
    return ImageReference(
      key: (0..<32).map { $0 < 8 ? UInt8(truncatingIfNeeded: image >> (8 * $0)) : 0 }, viewCount: 1,
      size: ImageSize(width: side, height: side), policy: .pad)
  }

  /// As they come from a vision worker.
  private func features(ofImage image: Int) async throws -> ViewFeatures {
    let pixels = model.pixels(number: image)
    return try await thread.run { [model] in
      guard let features = model.tower.encode([pixels])[0] else {
        throw ServiceError(.internalFailure, "a view was given up that nobody has cancelled")
      }
      return ViewFeatures(
        element: .f16, tokenCount: features.rows, width: features.columns, bytes: features.encoded(as: .f16))
    }
  }
}
