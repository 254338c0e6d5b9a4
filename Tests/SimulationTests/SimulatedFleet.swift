import Clusters
import Concurrency
import Contracts
import Gateway
import RPC
import TestSupport
import TilePlan

/// A gateway in front of vision workers that do nothing but take time, and a decoder that does nothing but look.
///
/// A worker encodes one view after another, like a tower on one thread; a picture has as many views as a test wants.
struct SimulatedFleet: Sendable {
  /// How long a view takes, and a whole picture's decoding.
  static let encodeTime = Duration.milliseconds(100)
  static let prepareTime = Duration.milliseconds(1)

  enum Event: Equatable, Sendable {
    case prepared(worker: Int)
    case began(view: Int, worker: Int)
    case ended(view: Int, worker: Int)
    case cancelled(view: Int, worker: Int)
  }

  let simulation: Simulation
  let workers: [Worker]
  private let decoder: Decoder
  private let client: GatewayClient
  private let log: Lock<[Event]>

  var events: [Event] { log.withLock { $0 } }
  func forget() { log.withLock { $0 = [] } }

  /// Asks about a picture of its own; returns how long the decoder waited for the last view.
  @discardableResult
  func ask(_ picture: UInt8, by deadline: Instant = .distantFuture) async throws -> Duration {
    let file = PNG.file(width: 28, height: 28) { x, _, _ in picture &+ UInt8(x) }
    let request = AskRequest(turns: [Turn(.user, [.image(0), .text("?")])], imageByteCounts: [file.count])
    let context = CallContext(deadline: deadline, trace: TraceID(high: 0, low: UInt64(picture)))
    _ = try await client.ask(request, images: [file], in: context) { _ in }
    return decoder.waited.withLock { $0 }
  }

  static func with<Result: Sendable>(
    _ simulation: Simulation, workers count: Int, views: Int,
    _ body: @escaping @Sendable (SimulatedFleet) async throws -> Result
  ) async throws -> Result {
    let (transport, clock) = (SimulatedTransport(in: simulation), simulation.timeline)
    let log = Lock<[Event]>([])
    let workers = (0..<count).map { Worker(index: $0, card: .ofViews(views), clock: clock, log: log) }
    let decoder = Decoder(clock: clock, viewCount: views)
    let doors = try (0..<count).map { try Address("inproc://vision-\($0)") }
    let (decoderDoor, door) = (try Address("inproc://decoder"), try Address("inproc://gateway"))
    let gateway = Gateway(GatewayOptions(vision: doors, decoders: [decoderDoor]), over: transport, clock: clock)
    let channel = Channel(
      to: door, over: transport, clock: clock, hello: { Hello(role: .client).greeting },
      greet: { _ throws(ServiceError) in })
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      for (worker, address) in zip(workers, doors) {
        try await transport.serve(
          VisionHandler(worker, imageByteLimit: 1 << 20), as: Hello(role: .vision, card: .ofViews(views)), at: address,
          clock: clock, in: &group)
      }
      let card = ModelCard.ofViews(views)
      try await transport.serve(
        DecoderHandler(decoder, contract: card.contract), as: Hello(role: .decoder, card: card), at: decoderDoor,
        clock: clock, in: &group)
      try await transport.serve(
        GatewayHandler(gateway, imageByteLimit: 1 << 20), as: Hello(role: .gateway), at: door, clock: clock, in: &group)
      group.addTask {
        await gateway.run(); return nil
      }
      group.addTask {
        await channel.run(); return nil
      }
      try await channel.opened()
      let client = GatewayClient(channel)
      let context = CallContext(trace: TraceID(high: 0, low: 0))
      while try await client.status(in: context).workers.count(where: { $0.state == "ready" }) <= count {
        try await clock.sleep(for: .milliseconds(10))
      }
      let result = try await body(
        SimulatedFleet(simulation: simulation, workers: workers, decoder: decoder, client: client, log: log))
      group.cancelAll()
      return result
    }
  }

  /// A vision worker.
  final class Worker: ImageEncoding {
    private let index: Int
    private let card: ModelCard
    private let clock: any MonotonicClock
    private let log: Lock<[Event]>
    private let free: Lock<Instant>
    /// How long a view takes from now on, or whether it fails.
    let encodeTime = Lock(SimulatedFleet.encodeTime)
    let isFailing = Lock(false)

    init(index: Int, card: ModelCard, clock: any MonotonicClock, log: Lock<[Event]>) {
      (self.index, self.card, self.clock, self.log) = (index, card, clock, log)
      free = Lock(clock.now)
    }

    func prepare(
      _ image: [UInt8], _ request: PrepareRequest, in context: CallContext
    ) async throws -> PreparedViews {
      try await clock.sleep(for: prepareTime)
      log.withLock { $0.append(.prepared(worker: index)) }
      let views = TilePlan(of: ImageSize(width: 28, height: 28), policy: request.policy, viewSide: 28).views
      return PreparedViews(
        image: PreparedImage(width: 28, height: 28, viewCount: views.count),
        views: views.map { PreparedView([UInt8](repeating: UInt8($0.index), count: 28 * 28 * 3)) }, timings: [])
    }

    func encode(_ image: [UInt8], _ request: EncodeRequest, in context: CallContext) async throws -> EncodedImage {
      try await clock.sleep(for: prepareTime)
      let features = try await encode(view: 0)
      return EncodedImage(
        prepared: PreparedImage(width: 28, height: 28, viewCount: 1), views: [features], timings: [])
    }

    func encode(view: [UInt8], _ request: EncodeViewRequest, in context: CallContext) async throws -> EncodedView {
      EncodedView(features: try await encode(view: Int(view[0])), timings: [])
    }

    private func encode(view: Int) async throws -> ViewFeatures {
      if isFailing.withLock({ $0 }) { throw ServiceError(.unavailable, "worker \(index) is lost") }
      log.withLock { $0.append(.began(view: view, worker: index)) }
      let end = free.withLock { free in
        free = max(free, clock.now) + encodeTime.withLock { $0 }
        return free
      }
      do {
        try await clock.sleep(until: end)
      } catch {
        log.withLock { $0.append(.cancelled(view: view, worker: index)) }
        throw error
      }
      log.withLock { $0.append(.ended(view: view, worker: index)) }
      return ViewFeatures(
        element: .f16, tokenCount: card.contract.tokenCount, width: card.contract.width,
        bytes: [UInt8](repeating: UInt8(view), count: card.contract.tokenCount * card.contract.width * 2))
    }

    func health() async -> HealthReply { HealthReply(isReady: true, reason: "", gauges: []) }
  }

  /// A decoder that needs every view of the image, and finishes once it has seen the right ones.
  private final class Decoder: AnswerGenerating {
    private let clock: any MonotonicClock
    private let viewCount: Int
    let waited = Lock(Duration.zero)

    init(clock: any MonotonicClock, viewCount: Int) { (self.clock, self.viewCount) = (clock, viewCount) }

    func generate(
      _ request: GenerateRequest, over exchange: any GenerationExchange, in context: CallContext
    ) async throws {
      let asked = clock.now
      try await exchange.send(.need([0]))
      for expected in 0..<viewCount {
        guard let (_, view, features) = try await exchange.receive(), view == expected,
          features.bytes[0] == UInt8(expected)
        else { throw ServiceError(.internalFailure, "expected view \(expected)") }
      }
      waited.withLock { $0 = clock.now - asked }
      let usage = Usage(promptTokens: 0, cachedTokens: 0, imageTokens: 0, completionTokens: 0)
      try await exchange.send(
        .finished(
          Finished(reason: .endOfSequence, usage: usage, timings: [], text: "", reference: .original, template: "")))
    }

    func health() async -> HealthReply { HealthReply(isReady: true, reason: "", gauges: []) }
  }
}

extension ModelCard {
  /// A model that sees every picture in so many views of 28 pixels: the whole, and tiles beside each other.
  static func ofViews(_ count: Int) -> ModelCard {
    ModelCard(
      name: "views",
      contract: FeatureContract(
        imageSide: 28, patchSide: 14, mean: [0, 0, 0], standardDeviation: [1, 1, 1], layers: [1],
        keepsClassToken: false, tokenCount: 4, width: 2),
      towerFingerprint: [1], precision: "fp32", policy: .pad, isDemonstration: false, contextLength: 4096,
      tiling: Tiling(
        grids: count == 1 ? [] : [TileGrid(columns: count - 1, rows: 1)], overview: .padded, margin: .mean,
        trimming: .none, endsRows: false))
  }
}
