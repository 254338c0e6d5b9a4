public import Checkpoint
public import Concurrency
public import Contracts
import Imaging
public import Logging
import Numerics
public import RPC
import Serving
public import Telemetry
import TilePlan
import VisionModel

/// Image files in, features out.
public final class VisionEncoder: ImageEncoding {
  public let card: ModelCard
  private let options: VisionOptions
  private let clock: any MonotonicClock
  private let tower: VisionTower
  private let admission: Admission
  /// Decoding a picture takes up to a second; it must neither stall the sockets nor wait for the tower.
  private let preparation: any ComputeThread
  private let inference: any ComputeThread
  private let queue = Lock(EncodeQueue())
  private let nextJob = Lock(0)
  private let measures: VisionMeasures
  private let arrival = Signal()

  /// Packs the weights; throws where the checkpoint lacks one.
  public convenience init(
    _ checkpoint: Checkpoint, options: VisionOptions, clock: any MonotonicClock,
    preparation: any ComputeThread = InferenceThread(), inference: any ComputeThread = InferenceThread(),
    metrics: MetricRegistry = MetricRegistry(), logger: Logger = .silent
  ) throws {
    let precision = options.precision
    let compute = Compute(threads: options.threadCount)
    try checkpoint.checkNumbers(of: [.tower], on: compute)
    self.init(
      try ModelCard(of: checkpoint, precision: precision.name(of: .tower, storedAs: .f32), isDecoder: false),
      tower: try VisionTower(checkpoint, precision: precision, on: compute), options: options, clock: clock,
      preparation: preparation, inference: inference, metrics: metrics, logger: logger)
  }

  /// Takes what others have made of a checkpoint, and can have made once for many encoders.
  init(
    _ card: ModelCard, tower: VisionTower, options: VisionOptions, clock: any MonotonicClock,
    preparation: any ComputeThread, inference: any ComputeThread, metrics: MetricRegistry, logger: Logger
  ) {
    self.card = card
    self.tower = tower
    self.options = options
    self.clock = clock
    self.preparation = preparation
    self.inference = inference
    admission = Admission(limit: options.imageCount, of: "images", clock: clock, metrics: metrics, logger: logger)
    measures = VisionMeasures(metrics)
    metrics.ask { [queue] in [Metric.visionViewsWaiting.sample(queue.withLock { $0.viewCount })] }
  }

  /// Encodes a view of nothing, so that the first image finds weights in memory and threads awake. Before `run`.
  public func warmUp() async throws {
    let side = card.contract.imageSide
    let view = [Float](repeating: 0, count: 3 * side * side)
    _ = try await inference.run { [tower] in tower.encode([view]) { _ in true } }
  }

  /// Encodes what arrives until the task is cancelled.
  public func run() async {
    while (try? await arrival.wait()) != nil {
      while case let batch = queue.withLock({ $0.takeBatch(viewCount: options.batchViewCount) }), !batch.isEmpty {
        await encode(batch)
      }
    }
  }

  /// `bytes -> views -> features`: the journey of an image.
  public func encode(_ image: [UInt8], _ request: EncodeRequest, in context: CallContext) async throws -> EncodedImage {
    try await admission.withPlace(in: context) {
      var stopwatch = Stopwatch(clock)
      context.enter("image decode")
      let preprocessor = preprocessor(request.policy)
      let (size, views) = try await preparing {
        let (size, views) = try Self.views(of: image, by: preprocessor, within: $0)
        return (size, views.map { preprocessor.normalized($0, rounded: request.pixels) })
      }
      stopwatch.lap("decode")
      context.enter("encode")
      let features = try await self.features(of: views)
      stopwatch.lap("encode")
      return EncodedImage(
        prepared: PreparedImage(width: size.width, height: size.height, viewCount: views.count),
        views: features.map { $0.sent(as: request.element) }, timings: stopwatch.timings)
    }
  }

  /// `bytes -> views`: the first part of it, for an image whose views are encoded by many.
  public func prepare(
    _ image: [UInt8], _ request: PrepareRequest, in context: CallContext
  ) async throws -> PreparedViews {
    try await admission.withPlace(in: context) {
      var stopwatch = Stopwatch(clock)
      context.enter("image decode")
      let preprocessor = preprocessor(request.policy)
      let (size, views) = try await preparing {
        let (size, views) = try Self.views(of: image, by: preprocessor, within: $0)
        return (size, views.map { PreparedView($0.pixels) })
      }
      stopwatch.lap("decode")
      return PreparedViews(
        image: PreparedImage(width: size.width, height: size.height, viewCount: views.count), views: views,
        timings: stopwatch.timings)
    }
  }

  /// `view -> features`: the rest of it.
  public func encode(
    view: [UInt8], _ request: EncodeViewRequest, in context: CallContext
  ) async throws -> EncodedView {
    let side = card.contract.imageSide
    guard view.count == side * side * 3 else {
      throw ServiceError(
        .incompatible, "a view of \(view.count) bytes: expected \(side * side * 3), for \(side)x\(side) pixels")
    }
    return try await admission.withPlace(in: context) {
      var stopwatch = Stopwatch(clock)
      context.enter("encode")
      let preprocessor = preprocessor(.pad)
      let pixels = try await preparing { _ in
        preprocessor.normalized(ViewPixels(index: 0, side: side, pixels: view), rounded: request.pixels)
      }
      let features = try await self.features(of: [pixels])
      stopwatch.lap("encode")
      return EncodedView(features: features[0].sent(as: request.element), timings: stopwatch.timings)
    }
  }

  public func health() async -> HealthReply {
    let waiting = queue.withLock { $0.waiting.count }
    return HealthReply(isReady: true, reason: "", gauges: admission.gauges + [Gauge("waiting", waiting)])
  }

  public func traces(of trace: TraceID) async -> TraceReply { admission.traces(of: trace) }

  /// Works on pixels, in their own thread, within this worker's limits.
  private func preparing<Result: Sendable>(
    _ work: @escaping @Sendable (ImageLimits) throws -> Result
  ) async throws -> Result {
    let limits = options.imageLimits
    return try await preparation.run { [clock, measures] in
      let started = clock.now
      defer { measures.prepared(in: clock.now - started) }
      return try work(limits)
    }
  }

  /// The picture itself is never whole in memory.
  private static func views(
    of image: [UInt8], by preprocessor: Preprocessor, within limits: ImageLimits
  ) throws(ServiceError) -> (size: ImageSize, views: [ViewPixels]) {
    do throws(ImagingError) {
      return try preprocessor.views(decoding: image, limits: limits)
    } catch {
      throw ServiceError(error)
    }
  }

  private func preprocessor(_ policy: ImagePolicy) -> Preprocessor {
    let contract = card.contract
    return Preprocessor(
      policy: policy, side: contract.imageSide, patch: contract.patchSide, mean: contract.mean.map(Double.init),
      std: contract.standardDeviation.map(Double.init))
  }

  private func features(of views: [[Float]]) async throws -> [Tensor] {
    let id = nextJob.withLock { next in
      next += 1
      return next
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { answer in
        let isCancelled = queue.withLock { queue in
          if Task.isCancelled { return true }
          queue.append(EncodeQueue.Job(id: id, views: views, answer: answer))
          return false
        }
        if isCancelled { answer.resume(throwing: CancellationError()) } else { arrival.raise() }
      }
    } onCancel: {
      queue.withLock { $0.cancel(id) }?.resume(throwing: CancellationError())
    }
  }

  /// One forward pass; a job that nobody waits for any more is dropped at the next layer.
  private func encode(_ batch: [EncodeQueue.Job]) async {
    let ids = batch.flatMap { job in job.views.map { _ in job.id } }
    let views = batch.flatMap(\.views)
    let features = try? await inference.run { [tower, queue, clock, measures] in  // an encode never fails
      let started = clock.now
      let features = tower.encode(views) { view in queue.withLock { $0.isWanted(ids[view]) } }
      measures.encoded(viewCount: features.count { $0 != nil }, in: clock.now - started)
      return features
    }
    var rest = (features ?? [])[...]
    for job in batch {
      let own = rest.prefix(job.views.count).compactMap { $0 }
      rest = rest.dropFirst(job.views.count)
      // A view without features is one that nobody wanted: nobody waits for its job.
      let answer = queue.withLock { $0.finish(job.id) }
      if own.count == job.views.count {
        answer?.resume(returning: own)
      } else {
        answer?.resume(throwing: CancellationError())
      }
    }
  }
}

extension Preprocessor {
  fileprivate func normalized(_ view: ViewPixels, rounded element: FeatureElement) -> [Float] {
    let pixels = normalized(view)
    return element == .f32 ? pixels : ElementType.f16.rounded(pixels)
  }
}

extension Tensor {
  /// One view's features, as they travel.
  fileprivate func sent(as element: FeatureElement) -> ViewFeatures {
    ViewFeatures(
      element: element, tokenCount: rows, width: columns, bytes: encoded(as: element == .f16 ? .f16 : .f32))
  }
}
