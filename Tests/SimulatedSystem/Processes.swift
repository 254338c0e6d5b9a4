import Concurrency
import Contracts
import FeatureTiers
import Gateway
import Logging
import RPC
import Serving
import Telemetry
import TestSupport

@testable import Decoder
@testable import VisionEncoder

/// Starts the processes of a scenario: the real services, on simulated threads, clocks and links.
struct Processes: Sendable {
  let scenario: Scenario
  let kit: ModelKit
  let plants: Plants
  let network: SimulatedTransport
  let chronicle: Chronicle
  let tier: MemoryTier

  /// Image files are far smaller.
  private static let imageByteLimit = 1 << 20
  /// What decoding a picture takes, a pass of the tower, and a look at the disk, in microseconds.
  private static let prepareTime: ClosedRange<Int64> = 100...2000
  private static let encodeTime: ClosedRange<Int64> = 2000...12_000
  private static let diskTime: ClosedRange<Int64> = 50...3000
  /// What a call to the tier may take, before it counts as failed.
  private static let tierPatience = Duration.milliseconds(200)
  /// So long a view may be somebody's to fill.
  private static let leaseDuration = Duration.seconds(3)

  static func address(_ host: String) throws -> Address { try Address("inproc://\(host)") }

  func transport(_ host: String) -> any Transport { plants.network(network.host(host), host) }

  private func service(
    _ handler: any CallHandler, as hello: Hello, for roles: Set<Role>, _ life: Life,
    close: @escaping @Sendable () -> Void = {}, health: @escaping @Sendable () async -> HealthReply,
    run: @escaping @Sendable () async -> Void
  ) async throws -> Life.Service {
    Life.Service(
      server: Server(answering: handler, as: hello, for: roles, clock: life.processor),
      listener: try await transport(life.host).listen(at: try Self.address(life.host)), close: close, run: run,
      health: health)
  }

  func vision(_ life: Life) async throws -> Life.Service {
    var options = VisionOptions(threadCount: 1)
    options.imageCount = scenario.bounds.imagesPerVision
    let encoder = VisionEncoder(
      kit.visionCard, tower: kit.tower, options: options, clock: life.processor,
      preparation: SimulatedThread(of: life.processor, microseconds: Self.prepareTime),
      inference: SimulatedThread(of: life.processor, microseconds: Self.encodeTime), metrics: life.metrics,
      logger: .silent)
    return try await service(
      VisionHandler(
        WatchedVision(vision: encoder, life: life, chronicle: chronicle), imageByteLimit: Self.imageByteLimit),
      as: Hello(role: .vision, card: encoder.card), for: [.gateway], life, health: { await encoder.health() },
      run: { await encoder.run() })
  }

  /// `rows` outlive the process.
  func decoder(_ life: Life, keepingRowsIn rows: MemoryRows) async throws -> Life.Service {
    var options = DecoderOptions(threadCount: 1, kvByteCount: 0)
    options.requestCount = scenario.bounds.generationsPerDecoder
    options.runningCount = scenario.bounds.streamsPerDecoder
    let blockCount = scenario.bounds.blockCount
    let engine = DecoderEngine(
      kit.decoderCard, reader: kit.reader,
      model: try ChainModel(kit.voice, blockCount: blockCount, on: kit.compute, life.processor),
      blockCount: blockCount, options: options, clock: life.processor,
      inference: SimulatedThread(of: life.processor),
      prefixes: scenario.keepsRows ? rows : nil,
      disk: SimulatedThread(of: life.processor, microseconds: Self.diskTime), metrics: life.metrics, logger: .silent)
    plants.engine(engine)
    let watched = WatchedDecoder(decoder: engine, life: life, chronicle: chronicle)
    return try await service(
      DecoderHandler(plants.decoder(watched), contract: engine.card.contract),
      as: Hello(role: .decoder, card: engine.card), for: [.gateway], life, health: { await engine.health() },
      run: { await engine.run() })
  }

  func gateway(_ life: Life) async throws -> Life.Service {
    var options = GatewayOptions(
      vision: try scenario.visions.map(Self.address), decoders: try scenario.decoders.map(Self.address))
    options.requestCount = scenario.bounds.questionsPerGateway
    options.cacheByteCount = scenario.bounds.cacheByteCount
    options.preparedByteCount = scenario.bounds.preparedByteCount
    let gateway = Gateway(
      options, over: transport(life.host), clock: life.processor, tier: scenario.hasTier ? tier(of: life) : nil,
      metrics: life.metrics)
    return try await service(
      GatewayHandler(
        WatchedGateway(gateway: gateway, life: life, chronicle: chronicle), imageByteLimit: Self.imageByteLimit),
      as: Hello(role: .gateway), for: [.client], life, close: { gateway.close() }, health: { await gateway.health() },
      run: { await gateway.run() })
  }

  /// What all gateways share, as one of them has it.
  private func tier(of life: Life) -> SecondTier {
    let ledger = TierLedger(.store, metrics: life.metrics)
    let guarded = GuardedTier(
      plants.tier(tier), name: "store", patience: Self.tierPatience, ledger: ledger, clock: life.processor)
    var options = SecondTier.Options()
    options.leaseDuration = Self.leaseDuration
    return SecondTier(guarded, options: options, ledger: ledger, clock: life.processor)
  }
}
