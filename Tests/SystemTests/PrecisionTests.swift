import Clusters
import Concurrency
import Contracts
import NNGTransport
import Numerics
import Testing

/// Questions to a model in fewer bits.
@Suite struct PrecisionTests {
  private let transport = NNGTransport(clock: SystemClock())

  private func shape(_ precision: Precision) -> Cluster.Shape {
    var shape = Cluster.Shape()
    shape.towerPrecisions = [precision]
    shape.decoder = { $0.precision = precision }
    return shape
  }

  @Test(arguments: [(Precision.bf16, "bf16", "bf16"), (.int8, "int8", "q8_0"), (.q40, "int8", "q4_0")])
  func cardsSayWhatIsServed(precision: Precision, tower: String, decoder: String) async throws {
    try await Cluster.with(shape(precision), over: transport, name: "cards-\(precision)") { cluster in
      #expect(cluster.encoders[0].card.precision == tower && cluster.engines[0].card.precision == decoder)
      let answer = try await cluster.ask("What shape is it?", try Sample.image("01_336x336.png"))
      #expect(!answer.tokens.isEmpty)
    }
    await transport.close()
  }

  /// Sixteen companions, on other pictures and on the same one, sampling and greedy.
  @Test(arguments: [Precision.bf16, .int8, .q40])
  func anAnswerDoesNotDependOnItsSixteenCompanions(precision: Precision) async throws {
    let questions = try Evaluation.questions().prefix(16)
    try await Cluster.with(shape(precision), over: transport, name: "companions-\(precision)") { cluster in
      let image = try Sample.image("01_336x336.png")
      @Sendable func ask(seed: UInt64?) async throws -> [Int32] {
        try await cluster.ask(Sample.describe, image) { request in
          guard let seed else { return }
          request.sampling.temperature = 1
          request.sampling.seed = seed
        }.tokens
      }
      let alone = (try await ask(seed: nil), try await ask(seed: 5))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, question) in questions.enumerated() {
          let picture = index % 3 == 0 ? image : try Evaluation.image(question.imageIndex)
          group.addTask {
            _ = try await cluster.ask(question.text, picture) { $0.sampling.temperature = index % 2 == 0 ? 0 : 1.5 }
          }
        }
        async let greedy = ask(seed: nil)
        async let sampled = ask(seed: 5)
        #expect(try await greedy == alone.0)
        #expect(try await sampled == alone.1)
        try await group.waitForAll()
      }
    }
    await transport.close()
  }

  @Test func featuresOfDifferentPrecisionsAreNeverMixed() async throws {
    var shape = Cluster.Shape()
    shape.vision = [TestModel.demo, TestModel.demo]
    shape.towerPrecisions = [.int8, .bf16]
    try await Cluster.with(shape, over: transport, name: "mixed") { cluster in
      for index in 0..<6 {
        let answer = try await cluster.ask("What is this?", try Evaluation.image(index))
        #expect(answer.finished.images.map(\.worker) == ["inproc://mixed-vision-1"])
      }
      #expect(await cluster.encoders[0].health().gauges["received"] == 0)
      let workers = try await cluster.client.status(in: cluster.context()).workers
      #expect(workers[0].state == "idle" && workers[0].reason.contains("bf16"))
      #expect(workers[1].state == "ready")
    }
    await transport.close()
  }
}
