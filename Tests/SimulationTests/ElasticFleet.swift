import Clusters
import Concurrency
import Contracts
import Gateway
import Members
import RPC
import TestSupport
import TilePlan

/// A gateway that finds its vision workers under a name, and workers that come and go as processes do.
struct ElasticFleet: Sendable {
  static let encodeTime = Duration.milliseconds(100)
  /// Of every picture.
  static let viewCount = 3

  /// What a name leads to, as the test says.
  final class Script: Resolving {
    private let numbers = Lock<[String]?>([])

    /// Nothing: nobody answers for names now.
    func lead(to numbers: [String]?) { self.numbers.withLock { $0 = numbers } }

    func addresses(of host: String) async throws -> [String] {
      guard let numbers = numbers.withLock({ $0 }) else { throw MemberError(.unresolved, "nobody answers") }
      return numbers
    }
  }

  /// What happened to a view; the same view of the same picture has the same name.
  struct Event: Equatable, Sendable {
    enum Kind: Sendable { case began, ended }
    let kind: Kind
    let view: String
    let worker: Int
  }

  let simulation: Simulation
  let script: Script
  let gateway: Gateway
  let client: GatewayClient
  let log: Lock<[Event]>
  let workers: [Encoder]
  /// Stops a worker as SIGTERM does: it finishes what it has and takes nothing new.
  let stop: @Sendable (Int) async -> Void

  static func number(_ index: Int) -> String { "10.0.0.\(index + 1)" }
  static func address(_ index: Int) -> Address {
    try! Address("tcp://vision:7601").resolved(to: number(index))
  }

  /// Has the name lead to the first `count` workers, and gives the gateway time to hear of it.
  func scale(to count: Int) async throws {
    script.lead(to: (0..<count).map(Self.number))
    try await simulation.timeline.sleep(for: MemberLimits.resolveInterval + .seconds(1))
  }

  func status() async throws -> StatusReply {
    try await client.status(in: CallContext(trace: TraceID(high: 0, low: 0)))
  }

  /// Asks about a picture that nobody has seen.
  func ask(_ picture: Int) async throws {
    let file = PNG.file(width: 28, height: 28) { x, y, _ in
      UInt8(truncatingIfNeeded: picture >> (y % 3 * 8)) &+ UInt8(x)
    }
    let request = AskRequest(turns: [Turn(.user, [.image(0), .text("?")])], imageByteCounts: [file.count])
    let context = CallContext(trace: TraceID(high: 1, low: UInt64(picture)))
    _ = try await client.ask(request, images: [file], in: context) { _ in }
  }

  static func with<Result: Sendable>(
    _ simulation: Simulation, workers count: Int, _ body: @escaping @Sendable (ElasticFleet) async throws -> Result
  ) async throws -> Result {
    let (transport, clock) = (SimulatedTransport(in: simulation), simulation.timeline)
    let (log, script) = (Lock<[Event]>([]), Script())
    let card = ModelCard.elastic
    let (decoderDoor, door) = (try Address("inproc://decoder"), try Address("inproc://gateway"))
    let gateway = Gateway(
      GatewayOptions(vision: [try Endpoint("dns+tcp://vision:7601")], decoders: [.address(decoderDoor)]),
      over: transport, resolver: script, clock: clock)
    let channel = Channel(
      to: door, over: transport, clock: clock, hello: { Hello(role: .client).greeting },
      greet: { _ throws(ServiceError) in })
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      var servers: [Server] = []
      let workers = (0..<count).map { Encoder(index: $0, card: card, clock: clock, log: log) }
      for worker in workers {
        servers.append(
          try await transport.serve(
            VisionHandler(worker, imageByteLimit: 1 << 20), as: Hello(role: .vision, card: card),
            at: address(worker.index), clock: clock, in: &group))
      }
      try await transport.serve(
        DecoderHandler(Decoder(), contract: card.contract), as: Hello(role: .decoder, card: card), at: decoderDoor,
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
      let running = servers
      let result = try await body(
        ElasticFleet(
          simulation: simulation, script: script, gateway: gateway, client: GatewayClient(channel), log: log,
          workers: workers, stop: { await running[$0].drain() }))
      group.cancelAll()
      return result
    }
  }

  /// A vision worker that does one view after another, like a tower on one thread.
  final class Encoder: ImageEncoding {
    let index: Int
    private let card: ModelCard
    private let clock: any MonotonicClock
    private let log: Lock<[Event]>
    private let free: Lock<Instant>
    /// Of every so many views, the first is not done: 1 is all of them.
    let failsOneIn = Lock<Int?>(nil)
    private let count = Lock(0)

    init(index: Int, card: ModelCard, clock: any MonotonicClock, log: Lock<[Event]>) {
      (self.index, self.card, self.clock, self.log) = (index, card, clock, log)
      free = Lock(clock.now)
    }

    func prepare(_ image: [UInt8], _ request: PrepareRequest, in context: CallContext) async throws -> PreparedViews {
      try await clock.sleep(for: .milliseconds(1))
      // Eight bytes of the picture's digest name it in every view.
      let views = (0..<viewCount).map { view in
        PreparedView(Array(request.imageDigest.prefix(8)) + [UInt8](repeating: UInt8(view), count: 28 * 28 * 3 - 8))
      }
      return PreparedViews(
        image: PreparedImage(width: 28, height: 28, viewCount: viewCount), views: views, timings: [])
    }

    func encode(_ image: [UInt8], _ request: EncodeRequest, in context: CallContext) async throws -> EncodedImage {
      throw ServiceError(.internalFailure, "every picture here has \(viewCount) views")
    }

    func encode(view: [UInt8], _ request: EncodeViewRequest, in context: CallContext) async throws -> EncodedView {
      let name = view.prefix(9).map { "\($0)" }.joined(separator: ".")
      log.withLock { $0.append(Event(kind: .began, view: name, worker: index)) }
      let number = count.withLock { count in
        defer { count += 1 }
        return count
      }
      let end = free.withLock { free in
        free = max(free, clock.now) + encodeTime
        return free
      }
      try await clock.sleep(until: end)
      if let interval = failsOneIn.withLock({ $0 }), number.isMultiple(of: interval) {
        throw ServiceError(.unavailable, "worker \(index) is lost")
      }
      log.withLock { $0.append(Event(kind: .ended, view: name, worker: index)) }
      return EncodedView(
        features: ViewFeatures(
          element: .f16, tokenCount: card.contract.tokenCount, width: card.contract.width,
          bytes: [UInt8](repeating: view[8], count: card.contract.tokenCount * card.contract.width * 2)), timings: [])
    }

    func health() async -> HealthReply { HealthReply(isReady: true, reason: "", gauges: []) }
  }

  /// Needs every view of the picture, and finishes once it has seen the right ones.
  private struct Decoder: AnswerGenerating {
    func generate(
      _ request: GenerateRequest, over exchange: any GenerationExchange, in context: CallContext
    ) async throws {
      try await exchange.send(.need([0]))
      for expected in 0..<viewCount {
        guard let (_, view, features) = try await exchange.receive(), view == expected,
          features.bytes[0] == UInt8(expected)
        else { throw ServiceError(.internalFailure, "expected view \(expected)") }
      }
      let usage = Usage(promptTokens: 0, cachedTokens: 0, imageTokens: 0, completionTokens: 0)
      try await exchange.send(
        .finished(
          Finished(reason: .endOfSequence, usage: usage, timings: [], text: "", reference: .original, template: "")))
    }

    func health() async -> HealthReply { HealthReply(isReady: true, reason: "", gauges: []) }
  }
}

extension ModelCard {
  /// A model that sees every picture in three views of 28 pixels.
  fileprivate static let elastic = ModelCard(
    name: "elastic",
    contract: FeatureContract(
      imageSide: 28, patchSide: 14, mean: [0, 0, 0], standardDeviation: [1, 1, 1], layers: [1], keepsClassToken: false,
      tokenCount: 4, width: 2),
    towerFingerprint: [1], precision: "fp32", policy: .pad, isDemonstration: false, contextLength: 4096,
    tiling: Tiling(
      grids: [TileGrid(columns: ElasticFleet.viewCount - 1, rows: 1)], overview: .padded, margin: .mean,
      trimming: .none,
      endsRows: false))
}
