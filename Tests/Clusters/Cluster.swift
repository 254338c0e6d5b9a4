package import Checkpoint
package import Concurrency
package import Contracts
package import Decoder
package import FeatureTiers
package import Foundation
package import Gateway
package import Numerics
package import RPC
import Serving
import Telemetry
package import VisionEncoder

/// A gateway, vision workers and decoders, each behind its own address, all in this process.
package struct Cluster: Sendable {
  package let gateway: Gateway
  package let encoders: [VisionEncoder]
  package let engines: [DecoderEngine]
  package let channel: Channel
  package let clock: any MonotonicClock
  private let metrics: MetricRegistry

  package var client: GatewayClient { GatewayClient(channel) }

  /// What the gateway counts.
  package var scrape: Scrape { Scrape(metrics.exposition) }

  /// Blocks of 16 tokens for a watched model: four sequences of full length.
  private static let blockCount = 1024

  package struct Shape: Sendable {
    package var vision = [TestModel.demo]
    package var decoders = [TestModel.demo]
    /// The tower of models whose files have none.
    package var visionTower: String?
    /// What each vision worker computes in; those that are not said, in f32.
    package var towerPrecisions: [Precision] = []
    /// Whether decoders have the tower too, or know it by name.
    package var decodersHaveTower = true
    package var gateway: @Sendable (inout GatewayOptions) -> Void = { _ in }
    package var decoder: @Sendable (inout DecoderOptions) -> Void = { _ in }
    /// Where decoders keep what they have read of pictures.
    package var prefixes: (@Sendable (Checkpoint, DecoderOptions) throws -> any PrefixStore)?
    /// Stands between a decoder and its model, to see and to hold its steps.
    package var watching: (@Sendable (LlavaModel) -> any GenerativeModel)?

    /// Where features are kept beyond the gateway.
    package var tier: SecondTier?

    /// Who calls the gateway.
    package var callers: any CallerAuthenticating = OpenDoors()
    /// Computes on the caller's task, for a simulation.
    package var computesInline = false

    package init() {}

    var thread: any ComputeThread { computesInline ? InlineThread() : InferenceThread() }
  }

  /// Runs `body` once every worker is connected.
  package static func with<Result: Sendable>(
    _ shape: Shape = Shape(), over transport: any Transport, name: String,
    clock: any MonotonicClock = SystemClock(), pausing pause: @escaping @Sendable () async throws -> Void = {},
    _ body: @escaping @Sendable (Cluster) async throws -> Result
  ) async throws -> Result {
    func address(_ role: String, _ index: Int = 0) throws -> Address {
      try Address("inproc://\(name)-\(role)-\(index)")
    }
    let encoders = try shape.vision.enumerated().map { index, model in
      var options = VisionOptions(threadCount: 1)
      if index < shape.towerPrecisions.count { options.precision = shape.towerPrecisions[index] }
      return try VisionEncoder(
        try Checkpoint(ModelPaths(model, visionTower: shape.visionTower)), options: options, clock: clock,
        preparation: shape.thread, inference: shape.thread)
    }
    let engines = try shape.decoders.map { model in
      let checkpoint = try Checkpoint(
        ModelPaths(model, visionTower: shape.decodersHaveTower ? shape.visionTower : nil))
      var options = DecoderOptions(threadCount: 2, kvByteCount: 1 << 30)
      shape.decoder(&options)
      guard let watching = shape.watching else {
        return try DecoderEngine(
          checkpoint, options: options, clock: clock, inference: shape.thread,
          prefixes: shape.prefixes?(checkpoint, options))
      }
      let llava = try LlavaModel(
        checkpoint, precision: options.precision, on: Compute(threads: 2), blockCount: blockCount)
      return try DecoderEngine(
        checkpoint, model: watching(llava), blockCount: blockCount, options: options, clock: clock,
        inference: shape.thread)
    }
    var options = GatewayOptions(
      vision: try encoders.indices.map { try address("vision", $0) },
      decoders: try engines.indices.map { try address("decoder", $0) })
    shape.gateway(&options)
    let metrics = MetricRegistry()
    let gateway = Gateway(options, over: transport, clock: clock, tier: shape.tier, metrics: metrics)
    let limit = options.imageLimits.byteCount
    let channel = Channel(
      to: try address("gateway"), over: transport, clock: clock, hello: { Hello(role: .client).greeting },
      greet: { bytes throws(ServiceError) in _ = try Hello(greeting: bytes, expecting: [.gateway]) })
    let cluster = Cluster(
      gateway: gateway, encoders: encoders, engines: engines, channel: channel, clock: clock, metrics: metrics)

    return try await withThrowingTaskGroup(of: Result?.self) { group in
      for (index, encoder) in encoders.enumerated() {
        let listener = try await transport.listen(at: try address("vision", index))
        let server = Server(
          answering: VisionHandler(encoder, imageByteLimit: limit), as: Hello(role: .vision, card: encoder.card),
          for: [.gateway], clock: clock)
        group.addTask {
          await server.run(on: listener); return nil
        }
        group.addTask {
          await encoder.run(); return nil
        }
      }
      for (index, engine) in engines.enumerated() {
        let listener = try await transport.listen(at: try address("decoder", index))
        let server = Server(
          answering: DecoderHandler(engine, contract: engine.card.contract),
          as: Hello(role: .decoder, card: engine.card), for: [.gateway], clock: clock)
        group.addTask {
          await server.run(on: listener); return nil
        }
        group.addTask {
          await engine.run(); return nil
        }
      }
      let listener = try await transport.listen(at: try address("gateway"))
      let server = Server(
        answering: GatewayHandler(gateway, imageByteLimit: limit, callers: shape.callers),
        as: Hello(role: .gateway), for: [.client], clock: clock, callers: shape.callers)
      group.addTask {
        await server.run(on: listener); return nil
      }
      group.addTask {
        await gateway.run(); return nil
      }
      group.addTask {
        await channel.run(); return nil
      }
      group.addTask {
        try await channel.opened()
        try await cluster.ready(workerCount: encoders.count + engines.count, pausing: pause)
        return try await body(cluster)
      }
      while let result = try await group.next() {
        guard let result else { continue }
        group.cancelAll()
        return result
      }
      throw ServiceError(.internalFailure, "the cluster ended before its test")
    }
  }

  /// Asks for the status until every worker is connected: each answer comes from the gateway, so that this waits for
  /// events and not for a time.
  package func ready(workerCount: Int, pausing pause: () async throws -> Void) async throws {
    while true {
      let workers = try await client.status(in: context()).workers
      if workers.count(where: { $0.state != "connecting" }) == workerCount { return }
      try await pause()
    }
  }

  /// The same, as a client sees it that shows `token`.
  package func asking<Result: Sendable>(
    with token: String, over transport: any Transport, _ body: (Cluster) async throws -> Result
  ) async throws -> Result {
    let own = Channel(
      to: channel.address, over: transport, clock: clock, hello: { Hello(role: .client, token: token).greeting },
      greet: { bytes throws(ServiceError) in _ = try Hello(greeting: bytes, expecting: [.gateway]) })
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await own.run() }
      defer { group.cancelAll() }
      try await own.opened()
      return try await body(
        Cluster(
          gateway: gateway, encoders: encoders, engines: engines, channel: own, clock: clock, metrics: metrics))
    }
  }

  package func context(deadline: Instant = .distantFuture) -> CallContext {
    var generator = SystemRandomNumberGenerator()
    return CallContext(deadline: deadline, trace: .random(using: &generator))
  }
}

package enum TestModel {
  package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  package static let demo = root.appendingPathComponent("deploy/models/demo").path
  /// Sees pictures in parts.
  package static let demoHD = root.appendingPathComponent("deploy/models/demo-hd").path
  package static let tiny = root.appendingPathComponent("deploy/golden/tinyfix").path
}
