import Access
public import Concurrency
public import Contracts
public import FeatureTiers
public import Logging
public import Members
public import RPC
import Serving
public import Telemetry
import TilePlan

/// The only door: admits questions, has their images encoded once, and lets a decoder answer.
public final class Gateway: Answering {
  let options: GatewayOptions
  let clock: any MonotonicClock
  let fleet: Fleet
  private let store: FeatureStore<SeenView>
  private let preparations: FeatureStore<PreparedViews>
  private let tier: SecondTier?
  let admission: Admission
  private let allowances: Allowances
  private let uploads: ByteBudget
  let logger: Logger
  let reading: Reading?
  let crew: (any VisionCrew)?
  private let firstTokenSeconds: DurationMeter

  /// `tier` is where features are kept beyond this process; `reading` reads its configuration again, where it has one;
  /// `crew` starts vision workers, where it can; `logger` hears of workers that come and go, and of questions that failed
  /// for our reasons.
  public init(
    _ options: GatewayOptions, over transport: any Transport, resolver: any Resolving = SystemResolver(),
    clock: any MonotonicClock, tier: SecondTier? = nil, reading: Reading? = nil, crew: (any VisionCrew)? = nil,
    metrics: MetricRegistry = MetricRegistry(), logger: Logger = .silent
  ) {
    self.logger = logger
    self.reading = reading
    self.crew = crew
    firstTokenSeconds = metrics.durations(of: .firstTokenSeconds)
    self.options = options
    self.clock = clock
    self.tier = tier
    fleet = Fleet(options, over: transport, resolver: resolver, clock: clock, logger: logger)
    store = FeatureStore(byteCount: options.cacheByteCount)
    preparations = FeatureStore(byteCount: options.preparedByteCount)
    admission = Admission(
      limit: options.requestCount, of: "questions", forecasts: true, clock: clock, metrics: metrics, logger: logger)
    uploads = ByteBudget(options.uploadByteCount, of: "image files")
    allowances = Allowances(clock: clock)
    metrics.ask { [fleet, store, preparations, uploads] in
      fleet.samples + store.samples(of: "features") + preparations.samples(of: "pictures") + uploads.samples
    }
  }

  /// Keeps the workers connected, and what they made, until the task is cancelled.
  public func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { [fleet, crew] in await fleet.run { crew?.released($0) } }
      if let tier { group.addTask { await tier.run() } }
    }
  }

  /// Refuses new questions from now on; those in progress go on.
  public func close() { admission.close() }

  /// A question's journey, in the order in which it happens.
  public func ask(
    _ request: AskRequest, upload: @Sendable () async throws -> [[UInt8]],
    reply: @escaping @Sendable (AskReply) async throws -> Void, in context: CallContext
  ) async throws {
    do {
      let imageByteCount = request.imageByteCounts.reduce(0, Self.saturatingSum)
      try await allowances.withGrant(
        context.caller, imageByteCount: imageByteCount,
        tokenCount: request.allowedTokenCount, refused: { admission.refuse(in: context) }
      ) { spending in
        try await admitted(
          request,
          upload: {
            spending.uploaded(imageByteCount)  // all that was announced, even if the rest never comes
            return try await upload()
          },
          reply: { item in
            if case .token = item { spending.generated() }
            try await reply(item)
          }, in: context)
      }
    } catch {
      report(ServiceError(error), context.trace)
      throw error
    }
  }

  /// What was announced has not been looked at yet.
  private static func saturatingSum(_ left: Int, _ right: Int) -> Int {
    let (sum, overflow) = left.addingReportingOverflow(max(0, right))
    return overflow ? .max : sum
  }

  private func admitted(
    _ request: AskRequest, upload: @Sendable () async throws -> [[UInt8]],
    reply: @escaping @Sendable (AskReply) async throws -> Void, in context: CallContext
  ) async throws {
    try await admission.withPlace(in: context) {
      try check(request)
      let model = try fleet.model(named: request.model)
      try await uploads.withBytes(request.imageByteCounts.reduce(0, +)) {
        let journey = Journey(context, clock: clock, firstToken: firstTokenSeconds, reply: reply)
        context.enter("upload")
        let files = try await upload().map { bytes throws(ServiceError) in
          try ImageFile(bytes, limits: options.imageLimits)
        }
        journey.lap("upload")
        let sights = try files.map { file throws(ServiceError) in
          try Sight(of: file, request, model: model, salt: TenantSalt(bytes: context.caller.salt))
        }
        try await uploads.withBytes(sights.reduce(0) { $0 + $1.viewByteCount }) {
          try await answer(request, sights: sights, by: model, journey)
        }
      }
    }
  }

  /// Has a decoder answer. Where one is lost another goes on, after the tokens that the client has heard: with no gap and
  /// no repeat, since it computes the same to the bit. Where none does, the answer ends with an error.
  private func answer(_ request: AskRequest, sights: [Sight], by model: Model, _ journey: Journey) async throws {
    var generation = GenerateRequest(
      turns: request.turns, images: sights.map(\.reference), sampling: request.sampling,
      tokenLimit: request.tokenLimit ?? 0, stops: request.stops, reference: request.reference,
      template: request.template, salt: journey.context.caller.salt)
    var lost: Set<Address> = []
    var arithmetic: [UInt8]?
    var failure: ServiceError?
    while true {
      let key = sights.first?.key.bytes ?? []
      let decoder: Worker
      do throws(ServiceError) {
        decoder = try fleet.takeDecoder(of: model, for: key, except: lost, computing: arithmetic)
      } catch {
        throw failure ?? error
      }
      let card = decoder.card
      do {
        return try await answer(generation, sights: sights, by: model, on: decoder, journey)
      } catch let failure as ForeignFailure {
        throw failure.cause  // another decoder would fare no better
      } catch let error as ServiceError where error.code == .unavailable || error.code == .overloaded {
        try Task.checkCancellation()
        failure = error
        lost.insert(decoder.address)
        if lost.count >= fleet.decoders.count { throw error }
        if arithmetic == nil, !journey.spoken.isEmpty { arithmetic = card?.arithmetic ?? [] }
        generation.spoken = journey.spoken
        fleet.tally.withLock { $0.decoderRetryCount += 1 }
      }
    }
  }

  private func answer(
    _ generation: GenerateRequest, sights: [Sight], by model: Model, on decoder: Worker, _ journey: Journey
  ) async throws {
    let seen = Lock<[Int: Sight.Seen]>([:])
    let stage = "generation on \(decoder.address)"
    let finished = try await decoder.serving {
      await journey.enter(stage)
      return try await DecoderClient(decoder.channel).generate(
        generation, in: journey.context,
        features: { [store, preparations, tier, fleet, clock] index, send in
          let image = try await ViewFetch(
            sights[index], for: model, store: store, preparations: preparations, tier: tier, fleet: fleet,
            journey: journey, clock: clock
          ).send(by: send)
          seen.withLock { $0[index] = image }
          await journey.enter(stage)
        },
        token: { token in
          do {
            try await journey.reply(.token(token))
          } catch {
            throw ForeignFailure(cause: error)
          }
        })
    }
    let found = seen.withLock { $0 }
    try await journey.reply(
      .finished(
        AskFinished(
          finished: finished, images: sights.enumerated().map { $1.receipt(found[$0]) },
          timings: journey.timings(with: finished, found.sorted { $0.key < $1.key }.map(\.value)),
          model: model.card.name, isDemonstration: model.card.isDemonstration, decoder: "\(decoder.address)")))
  }

  /// What is the user's own is told to the user, and not to whoever runs the gateway.
  private func report(_ error: ServiceError, _ trace: TraceID) {
    let metadata: Logger.Metadata = [LogKey.trace: "\(trace)", LogKey.code: "\(error.code)"]
    switch error.code {
    case .internalFailure, .incompatible: logger.error("\(error.message)", metadata: metadata)
    case .overloaded, .unavailable, .deadlineExceeded: logger.warning("\(error.message)", metadata: metadata)
    case .invalidRequest, .unauthenticated, .permissionDenied, .notFound, .tooLarge, .unsupportedImage, .limitReached,
      .cancelled:
      logger.debug("\(error.message)", metadata: metadata)
    }
  }

  private func check(_ request: AskRequest) throws(ServiceError) {
    guard request.imageByteCounts.count <= options.imageCount else {
      throw ServiceError(
        .limitReached, "\(request.imageByteCounts.count) images: a question has at most \(options.imageCount)")
    }
    guard request.policy == nil || !request.seeing.isSplit, request.hdMaxTiles.map({ $0 > 0 }) ?? true else {
      throw ServiceError(
        .invalidRequest,
        request.policy == nil
          ? "hd_max_tiles: expected at least 1, found \(request.hdMaxTiles ?? 0)"
          : "expected a policy, for one view, or hd, for several; found both")
    }
    let limit = options.imageLimits.byteCount
    for (index, count) in request.imageByteCounts.enumerated() where !(1...limit).contains(count) {
      throw ServiceError(
        count == 0 ? .invalidRequest : .tooLarge,
        "image \(index + 1): expected a file of 1 to \(limit) bytes, found \(count)")
    }
    let placed = request.turns.flatMap(\.parts).compactMap { part in
      if case .image(let index) = part { index } else { nil }
    }
    guard placed == Array(request.imageByteCounts.indices) else {
      throw ServiceError(
        .invalidRequest,
        "the turns place the images \(placed), but \(request.imageByteCounts.count) were sent: place each once, in their order"
      )
    }
  }

  public func status() async -> StatusReply {
    let health = await health()
    let workers = await fleet.status(at: clock.now, trace: TraceID(high: 0, low: 0))
    return StatusReply(
      isReady: health.isReady, reason: health.reason, workers: workers, gauges: health.gauges, build: Hello.build)
  }

  /// Why no question can be answered now, or nothing: there is no vision worker, or no decoder, that fits another.
  public var absence: String? { fleet.absence?.message }

  public func health() async -> HealthReply {
    let absence = fleet.absence
    return HealthReply(
      isReady: absence == nil, reason: absence?.message ?? "",
      gauges: admission.gauges + [Gauge("waiting", fleet.queue.count)] + uploads.gauges + store.gauges + tierGauges)
  }

  private var tierGauges: [Gauge] {
    guard let tier else { return [] }
    let size = tier.held.map { [Gauge("\(tier.kind)_bytes", $0.byteCount), Gauge("\(tier.kind)_views", $0.count)] }
    return (size ?? []) + TierLedger.Event.allCases.map { Gauge("\(tier.kind)_\($0)", tier.count(of: $0)) }
  }
}
