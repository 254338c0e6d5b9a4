public import Checkpoint
public import Concurrency
public import Contracts
import Imaging
import Numerics
import RPC
import Serving
import TilePlan
import VisionModel

/// Image files in, features out.
public final class VisionEncoder: ImageEncoding {
  public let card: ModelCard
  private let options: VisionOptions
  private let clock: any MonotonicClock
  private let tower: VisionTower
  private let preprocessors: [PreprocessingPolicy: Preprocessor]
  private let admission: Admission
  /// Decoding a picture takes up to a second; it must neither stall the sockets nor wait for the tower.
  private let preparation: any ComputeThread
  private let inference: any ComputeThread
  private let queue = Lock(EncodeQueue())
  private let nextJob = Lock(0)
  private let arrival = Signal()

  /// Packs the weights; throws where the checkpoint lacks one.
  public init(
    _ checkpoint: Checkpoint, options: VisionOptions, clock: any MonotonicClock,
    preparation: any ComputeThread = InferenceThread(), inference: any ComputeThread = InferenceThread()
  ) throws {
    self.options = options
    self.clock = clock
    self.preparation = preparation
    self.inference = inference
    let precision = options.precision
    card = try ModelCard(
      of: checkpoint, precision: precision.name(of: .tower, storedAs: .f32), isDecoder: false)
    let compute = Compute(threads: options.threadCount)
    try checkpoint.checkNumbers(of: [.tower], on: compute)
    tower = try VisionTower(checkpoint, precision: precision, on: compute)
    preprocessors = Preprocessor.byPolicy(card.contract)
    admission = Admission(limit: options.imageCount, of: "images", clock: clock)
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
    try await admission.withPlace {
      var stopwatch = Stopwatch(clock)
      context.enter("image decode")
      let (size, views) = try await prepare(image, request)
      stopwatch.lap("decode")
      context.enter("encode")
      let features = try await self.features(of: views)
      stopwatch.lap("encode")
      let contract = card.contract
      return EncodedImage(
        prepared: PreparedImage(width: size.width, height: size.height, viewCount: views.count),
        views: features.map { rows in
          ViewFeatures(
            element: request.element, tokenCount: contract.tokenCount, width: contract.width,
            bytes: rows.encoded(as: request.element == .f16 ? .f16 : .f32))
        }, timings: stopwatch.timings)
    }
  }

  public func health() async -> HealthReply {
    let waiting = queue.withLock { $0.waiting.count }
    return HealthReply(isReady: true, reason: "", gauges: admission.gauges + [Gauge("waiting", waiting)])
  }

  private func prepare(
    _ image: [UInt8], _ request: EncodeRequest
  ) async throws -> (size: ImageSize, views: [[Float]]) {
    guard let preprocessor = preprocessors[request.policy] else {
      throw ServiceError(.invalidRequest, "policy '\(request.policy)' is not one of this worker's")
    }
    let limits = options.imageLimits
    return try await preparation.run {
      do throws(ImagingError) {
        let pixels = try ImageDecoder.decode(image, limits: limits)
        let views = preprocessor.views(of: pixels).map(preprocessor.normalized)
        return (pixels.size, request.pixels == .f32 ? views : views.map { ElementType.f16.rounded($0) })
      } catch {
        throw ServiceError(error)
      }
    }
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
    let features = try? await inference.run { [tower, queue] in  // an encode never fails
      tower.encode(views) { view in queue.withLock { $0.isWanted(ids[view]) } }
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
