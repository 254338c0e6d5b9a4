import Checkpoint
import Clusters
import Concurrency
import Contracts
import Decoder
import Foundation
import NNGTransport
import RPC
import Serving
import Testing

@Suite struct IdentityTests {
  private let transport = NNGTransport(clock: SystemClock())

  @Test func featuresOfAnotherLayerNeverReachADecoder() async throws {
    let other = try ChangedModel.ofAnotherLayer()
    var shape = Cluster.Shape()
    shape.vision = [other]
    try await Cluster.with(shape, over: transport, name: "contracts") { cluster in
      let error = try await cluster.refusal("Hi", try Sample.image("01_336x336.png"))
      #expect(error.code == .incompatible)
      #expect(error.message.contains("inproc://contracts-vision-0") && error.message.contains("layer 5"))
      let worker = try await cluster.client.status(in: cluster.context()).workers[0]
      #expect(worker.state == "incompatible" && worker.reason.contains("layer"))
    }
    try ChangedModel.remove(other)
    await transport.close()
  }

  @Test func aTowerWithOtherWeightsNeverServesADecoder() async throws {
    let other = try ChangedModel.ofAnotherTower()
    var shape = Cluster.Shape()
    shape.vision = [other]
    try await Cluster.with(shape, over: transport, name: "towers") { cluster in
      let error = try await cluster.refusal("Hi", try Sample.image("01_336x336.png"))
      #expect(error.code == .incompatible && error.message.contains("towers differ"))
    }
    try ChangedModel.remove(other)
    await transport.close()
  }

  @Test func twoModelsBehindOneGatewayAreChosenByName() async throws {
    let second = try ChangedModel.demo(named: "second") { _ in }
    var shape = Cluster.Shape()
    shape.vision = [TestModel.demo, second]
    shape.decoders = [TestModel.demo, second]
    try await Cluster.with(shape, over: transport, name: "models") { cluster in
      let image = try Sample.image("01_336x336.png")
      let unnamed = try await cluster.refusal("Hi", image)
      #expect(unnamed.code == .invalidRequest && unnamed.message.contains("demo, second"))
      let unknown = try await cluster.refusal("Hi", image) { $0.model = "third" }
      #expect(unknown.code == .notFound && unknown.message.contains("third"))
      let answer = try await cluster.ask("Hi", image) { $0.model = "second" }
      #expect(answer.finished.model == "second")
      #expect(answer.finished.images[0].worker.contains("vision-1") && answer.finished.decoder.contains("decoder-1"))
    }
    try ChangedModel.remove(second)
    await transport.close()
  }

  @Test func aPeerOfAnotherProtocolIsToldBothProtocols() async throws {
    try await Cluster.with(over: transport, name: "protocols") { cluster in
      let channel = Channel(
        to: try Address("inproc://protocols-gateway-0"), over: self.transport, clock: SystemClock(),
        hello: {
          var hello = Hello(role: .client)
          hello.protocols = 8...9
          return hello.greeting
        }, greet: { _ throws(ServiceError) in })
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await channel.run() }
        await #expect {
          try await channel.opened()
          // The refusal comes after our own greeting has been taken.
          while case .open = channel.state { await Task.yield() }
          try await channel.opened()
        } throws: { error in
          guard let error = error as? ServiceError else { return false }
          return error.code == .incompatible && error.message.contains("2...2") && error.message.contains("8...9")
        }
        group.cancelAll()
      }
    }
    await transport.close()
  }

  @Test func aGatewayWithoutWorkersSaysSoAndRecoversWhenTheyCome() async throws {
    var shape = Cluster.Shape()
    shape.vision = []
    shape.decoders = []
    let decoder = try Address("inproc://late-decoder")
    shape.gateway = { $0.decoders = [.address(decoder)] }
    try await Cluster.with(shape, over: transport, name: "late") { cluster in
      let error = try await cluster.refusal("Hi", try Sample.image("01_336x336.png"))
      #expect(error.code == .unavailable && error.message.contains("no decoder is ready (0 of 1: "))
      #expect(try await cluster.client.status(in: cluster.context()).isReady == false)
      let listener = try await self.transport.listen(at: decoder)
      let engine = try DecoderEngine(
        try Checkpoint(ModelPaths(TestModel.demo)), options: DecoderOptions(threadCount: 1, kvByteCount: 1 << 28),
        clock: SystemClock())
      try await withThrowingTaskGroup(of: Void.self) { group in
        let server = Server(
          answering: DecoderHandler(engine, contract: engine.card.contract),
          as: Hello(role: .decoder, card: engine.card), for: [.gateway], clock: SystemClock())
        group.addTask { await server.run(on: listener) }
        group.addTask { await engine.run() }
        while case let status = try await cluster.client.status(in: cluster.context()),
          status.workers[0].state != "ready"
        {
          await Task.yield()
        }
        let next = try await cluster.refusal("Hi", try Sample.image("01_336x336.png"))
        #expect(next.message.contains("no vision worker is ready (0 of 0"))
        group.cancelAll()
      }
    }
    await transport.close()
  }
}
