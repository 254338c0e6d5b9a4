import Clusters
import Concurrency
import Contracts
import Decoder
import NNGTransport
import RPC
import Testing

@Suite struct CancellationTests {
  private let transport = NNGTransport(clock: SystemClock())

  private func watched(
    _ name: String, _ clock: any MonotonicClock = SystemClock(),
    _ body: @escaping @Sendable (Cluster, WatchedModel) async throws -> Void
  ) async throws {
    let model = Lock<WatchedModel?>(nil)
    var shape = Cluster.Shape()
    shape.watching = { llava in
      let watched = WatchedModel(llava)
      model.withLock { $0 = watched }
      return watched
    }
    try await Cluster.with(shape, over: transport, name: name, clock: clock) { cluster in
      let watched = try #require(model.withLock { $0 })
      try await body(cluster, watched)
    }
    await transport.close()
  }

  @Test func aTokenIsWithTheClientBeforeTheNextOneIsComputed() async throws {
    try await watched("first-token") { cluster, model in
      let image = try Sample.image("01_336x336.png")
      _ = try await cluster.ask(Sample.describe, image)
      let request = AskRequest(
        turns: [Turn(.user, [.image(0), .text(Sample.describe)])], imageByteCounts: [image.count])
      // The prompt's last rows in one pass, and a token from it: nothing more is computed before the client has that.
      model.allow(1)
      _ = try await cluster.client.ask(request, images: [image], in: cluster.context()) { reply in
        guard case .token(let token) = reply, token.index == 0 else { return }
        await model.held()
        model.allow(.max)
      }
    }
  }

  @Test func aClientThatLeavesStopsItsDecodeWithinOneStep() async throws {
    try await watched("leaving") { cluster, model in
      let image = try Sample.image("01_336x336.png")
      _ = try await cluster.ask(Sample.describe, image)
      let before = model.stepCount
      model.allow(3)
      await withTaskGroup(of: Void.self) { group in
        group.addTask { _ = try? await cluster.ask(Sample.describe, image) }
        await model.held()
        group.cancelAll()
      }
      // The client is gone while the fourth pass is held; once the decoder knows, the pass goes on, and is the last.
      try await cluster.settled(cluster.engines[0].health)
      model.allow(.max)
      let other = try await cluster.ask("What is it?", image) { $0.tokenLimit = 1 }
      #expect(other.tokens.count == 1)
      #expect(model.stepCount == before + 4 + 1)
      let health = await cluster.engines[0].health()
      #expect(health.gauges["cancelled"] == 1)
    }
  }

  @Test func aDeadlineEndsTheAnswerAndNamesItsStage() async throws {
    let clock = SteppedClock()
    try await watched("deadline", clock) { cluster, model in
      let image = try Sample.image("01_336x336.png")
      model.allow(0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          await #expect {
            _ = try await cluster.ask(
              [Turn(.user, [.image(0), .text(Sample.describe)])], images: [image], deadline: clock.now + .seconds(5))
          } throws: { error in
            guard let error = error as? ServiceError else { return false }
            return error.code == .deadlineExceeded
              && (error.message.contains("prefill") || error.message.contains("generation"))
          }
        }
        await model.held()
        clock.advance(by: .seconds(5))
        try await group.waitForAll()
      }
      model.allow(.max)
      try await cluster.settled(cluster.engines[0].health)
      #expect(try await cluster.ask("What is it?", image).finished.finished.reason == .endOfSequence)
    }
  }

  @Test func anImageThatNobodyWaitsForIsNotEncoded() async throws {
    try await Cluster.with(over: transport, name: "encode-cancel") { cluster in
      let image = try Sample.image("11_1000x750.png")
      await withTaskGroup(of: Void.self) { group in
        let entered = Signal()
        group.addTask {
          let request = AskRequest(turns: [Turn(.user, [.image(0), .text("Hi")])], imageByteCounts: [image.count])
          _ = try? await cluster.client.ask(request, images: [image], in: cluster.context()) { reply in
            if case .stage(let stage) = reply, stage.hasPrefix("encode") { entered.raise() }
          }
        }
        try? await entered.wait()
        group.cancelAll()
      }
      try await cluster.settled(cluster.encoders[0].health)
      try await cluster.settled(cluster.gateway.health)
    }
    await transport.close()
  }
}
