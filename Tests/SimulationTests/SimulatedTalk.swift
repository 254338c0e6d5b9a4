import Clusters
import Concurrency
import Contracts
import Gateway
import RPC
import TestSupport

/// A gateway in front of decoders that say one token after the other about nothing, and clients that come and go.
struct SimulatedTalk: Sendable {
  /// Between two tokens.
  static let step = Duration.milliseconds(10)
  static let tokenCount = 40
  /// Where all clients are.
  private static let clients = "clients"

  let simulation: Simulation
  let decoders: [Decoder]
  private let transport: SimulatedTransport
  private let door: Address

  static func with<Result: Sendable>(
    _ simulation: Simulation, decoders count: Int,
    _ body: @escaping @Sendable (SimulatedTalk) async throws -> Result
  ) async throws -> Result {
    let (transport, clock) = (SimulatedTransport(in: simulation), simulation.timeline)
    let decoders = (0..<count).map { _ in Decoder(clock: clock) }
    let doors = try (0..<count).map { try Address("inproc://decoder-\($0)") }
    let door = try Address("inproc://gateway")
    let gateway = Gateway(GatewayOptions(vision: [], decoders: doors), over: transport, clock: clock)
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      let card = ModelCard.ofViews(1)
      for (decoder, address) in zip(decoders, doors) {
        try await transport.serve(
          DecoderHandler(decoder, contract: card.contract), as: Hello(role: .decoder, card: card), at: address,
          clock: clock, in: &group)
      }
      try await transport.serve(
        GatewayHandler(gateway, imageByteLimit: 1 << 20), as: Hello(role: .gateway), at: door, clock: clock, in: &group)
      group.addTask {
        await gateway.run(); return nil
      }
      let talk = SimulatedTalk(simulation: simulation, decoders: decoders, transport: transport, door: door)
      while try await talk.decoderStates() != decoders.map({ _ in "ready" }) { try await clock.sleep(for: step) }
      let result = try await body(talk)
      group.cancelAll()
      return result
    }
  }

  /// Runs `body` with a client on a connection of its own, which ends with it.
  func withClient<Result: Sendable>(
    _ body: @escaping @Sendable (GatewayClient) async throws -> Result
  ) async throws -> Result {
    let channel = Channel(
      to: door, over: transport.host(Self.clients), clock: simulation.timeline,
      hello: { Hello(role: .client).greeting }, greet: { _ throws(ServiceError) in })
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      defer { group.cancelAll() }
      group.addTask {
        await channel.run(); return nil
      }
      try await channel.opened()
      return try await body(GatewayClient(channel))
    }
  }

  /// Every client dies: its links break, and it says nothing more.
  func killClients() { transport.crash(Self.clients) }

  /// Asks, and hears one token after the other; returns how many there were.
  @discardableResult
  func ask(
    _ client: GatewayClient, hearing: @escaping @Sendable (Token) async throws -> Void = { _ in }
  ) async throws -> Int {
    let count = Lock(0)
    let request = AskRequest(turns: [Turn(.user, [.text("?")])], imageByteCounts: [])
    _ = try await client.ask(request, images: [], in: CallContext(trace: TraceID(high: 0, low: 1))) { reply in
      guard case .token(let token) = reply else { return }
      count.withLock { $0 += 1 }
      try await hearing(token)
    }
    return count.withLock { $0 }
  }

  /// What the gateway thinks of each.
  func decoderStates() async throws -> [String] {
    try await withClient { client in
      try await client.status(in: CallContext(trace: TraceID(high: 0, low: 2))).workers.map(\.state)
    }
  }

  final class Decoder: AnswerGenerating {
    private let clock: any MonotonicClock
    /// Whether it says that it has enough to do.
    let isFull = Lock(false)
    let inProgress = Lock(0)

    init(clock: any MonotonicClock) { self.clock = clock }

    func generate(
      _ request: GenerateRequest, over exchange: any GenerationExchange, in context: CallContext
    ) async throws {
      if isFull.withLock({ $0 }) { throw ServiceError(.overloaded, "full") }
      inProgress.withLock { $0 += 1 }
      defer { inProgress.withLock { $0 -= 1 } }
      for index in request.spoken.count..<tokenCount {
        try await clock.sleep(for: step)
        try await exchange.send(.token(Token(index: index, id: 5, text: "a")))
      }
      let usage = Usage(promptTokens: 0, cachedTokens: 0, imageTokens: 0, completionTokens: tokenCount)
      try await exchange.send(
        .finished(
          Finished(reason: .endOfSequence, usage: usage, timings: [], text: "", reference: .original, template: "")))
    }

    func health() async -> HealthReply { HealthReply(isReady: true, reason: "", gauges: []) }
  }
}
