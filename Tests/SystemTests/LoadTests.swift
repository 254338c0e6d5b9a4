import Clusters
import Concurrency
import Contracts
import NNGTransport
import Testing

@Suite struct LoadTests {
  private let transport = NNGTransport(clock: SystemClock())

  @Test func sixtyFourQuestionsAtOnceAreAnsweredAsEachAlone() async throws {
    var shape = Cluster.Shape()
    shape.vision = [TestModel.demo, TestModel.demo]
    let images = try (0..<16).map { try Evaluation.image($0) }
    let questions = try Evaluation.questions().filter { $0.imageIndex < images.count }.prefix(64)
    #expect(questions.count == 64)

    let alone = try await Cluster.with(over: transport, name: "alone") { cluster in
      var answers: [[Int32]] = []
      for question in questions {
        answers.append(try await cluster.ask(question.text, images[question.imageIndex]).tokens)
      }
      return answers
    }
    try await Cluster.with(shape, over: transport, name: "together") { cluster in
      try await withThrowingTaskGroup(of: (Int, [Int32]).self) { group in
        for (index, question) in questions.enumerated() {
          group.addTask { (index, try await cluster.ask(question.text, images[question.imageIndex]).tokens) }
        }
        for try await (index, tokens) in group { #expect(tokens == alone[index], "\(questions[index].text)") }
      }
      for health in [
        cluster.gateway.health, cluster.engines[0].health, cluster.encoders[0].health, cluster.encoders[1].health,
      ] {
        try await cluster.settled(health)
      }
      #expect(await cluster.gateway.health().gauges["completed"] == 64)
      #expect(await cluster.engines[0].health().gauges["completed"] == 64)
      let encoded = await (cluster.encoders[0].health().gauges, cluster.encoders[1].health().gauges)
      // Each image once, however many asked, and by both workers; but for those that a busy machine was late with.
      let (once, hedges) = (Set(questions.map(\.image)).count, cluster.scrape["llava_hedges_total"])
      #expect((once...once + hedges).contains((encoded.0["completed"] ?? 0) + (encoded.1["completed"] ?? 0)))
      #expect(encoded.0["completed"] != 0 && encoded.1["completed"] != 0)
      #expect(await cluster.engines[0].health().gauges["kv_blocks_referenced"] == 0)
    }
    await transport.close()
  }

  @Test func seededSamplingDoesNotDependOnWhatElseIsAnswered() async throws {
    let image = try Sample.image("01_336x336.png")
    @Sendable func sampled(_ cluster: Cluster) async throws -> [Int32] {
      try await cluster.ask(Sample.describe, image) { request in
        request.sampling.temperature = 1
        request.sampling.topP = 0.95
        request.sampling.seed = 7
      }.tokens
    }
    try await Cluster.with(over: transport, name: "sampling") { cluster in
      let alone = try await sampled(cluster)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<12 {
          group.addTask { _ = try await cluster.ask("Question \(index)", image) { $0.sampling.temperature = 2 } }
        }
        #expect(try await sampled(cluster) == alone)
        try await group.waitForAll()
      }
    }
    await transport.close()
  }

  @Test func whatIsOverTheBoundIsRefusedAtOnceAndCounted() async throws {
    var shape = Cluster.Shape()
    shape.gateway = { $0.requestCount = 2 }
    let model = Lock<WatchedModel?>(nil)
    shape.watching = { llava in
      let watched = WatchedModel(llava)
      model.withLock { $0 = watched }
      return watched
    }
    try await Cluster.with(shape, over: transport, name: "bound") { cluster in
      let image = try Sample.image("01_336x336.png")
      let watched = try #require(model.withLock { $0 })
      watched.allow(0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 { group.addTask { _ = try await cluster.ask("Hi", image) { $0.tokenLimit = 1 } } }
        while await cluster.gateway.health().gauges["in_progress"] != 2 { await Task.yield() }
        let refusal = try await cluster.refusal("Hi", image)
        #expect(refusal.code == .overloaded && refusal.retryAfter != nil)
        watched.allow(.max)
        try await group.waitForAll()
      }
      try await cluster.settled(cluster.gateway.health)
      let gauges = await cluster.gateway.health().gauges
      #expect(gauges["received"] == 3 && gauges["refused"] == 1 && gauges["completed"] == 2)
    }
    await transport.close()
  }
}
