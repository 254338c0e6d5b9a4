import Clusters
import Concurrency
import Contracts
import Decoder
import NNGTransport
import RPC
import Testing
import TilePlan

/// Pictures in parts, over the whole system: one worker prepares, all encode, and the decoder puts the parts together.
@Suite struct HighResolutionTests {
  private let transport = NNGTransport(clock: SystemClock())

  private var shape: Cluster.Shape {
    var shape = Cluster.Shape()
    shape.vision = [TestModel.demoHD, TestModel.demoHD, TestModel.demoHD]
    shape.decoders = [TestModel.demoHD]
    return shape
  }

  private func inPictures(_ names: [String]) throws -> [Evaluation.Question] {
    try Evaluation.questions(of: TestModel.demoHD).filter { names.contains($0.image) }
  }

  private func picture(_ name: String) throws -> [UInt8] { try Evaluation.image(named: name, of: TestModel.demoHD) }

  /// Whether vision workers were asked for so many pieces, pictures to prepare and views to encode, and for no more but those
  /// that a busy machine was late with, and that were given to a second worker.
  private func expectPieces(_ count: Int, _ cluster: Cluster, sourceLocation: SourceLocation = #_sourceLocation) async {
    var received = 0
    for encoder in cluster.encoders { received += await encoder.health().gauges["received"] ?? 0 }
    let hedges = cluster.scrape["llava_hedges_total"]
    #expect((count...count + hedges).contains(received), "\(hedges) were late", sourceLocation: sourceLocation)
  }

  /// All at once, so that questions meet at every view of every picture: small text, which the plain model does not read,
  /// and small shapes.
  @Test func everyQuestionIsAnsweredAsByTheReference() async throws {
    let questions = try inPictures(["0002.png", "0006.png", "0007.jpg", "0011.jpg"])
    let references = try Evaluation.references(of: TestModel.demoHD)
    try await Cluster.with(shape, over: transport, name: "hd-answers") { cluster in
      let answers = try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
        for question in questions {
          group.addTask {
            (
              question.questionId,
              try await cluster.ask(question.text, try picture(question.image)) {
                ($0.tokenLimit, $0.element) = (160, .f32)
              }
            )
          }
        }
        return try await group.reduce(into: [Int: Answer]()) { $0[$1.0] = $1.1 }
      }
      #expect(questions.count == 20)
      for question in questions {
        #expect(answers[question.questionId]?.text == references[question.questionId], "\(question.text)")
      }
      for answer in answers.values {
        let receipt = answer.finished.images[0]
        #expect(receipt.policy.name == "hd" && receipt.grid == TileGrid(columns: 2, rows: 2) && !receipt.isUntrained)
        #expect(receipt.viewCount == 5 && receipt.tokenCount == 2_928)
        #expect(answer.finished.finished.usage.imageTokens == 2_928)
      }
      // Four pictures: each prepared once, and each of its five views encoded once.
      await expectPieces(4 * 6, cluster)
    }
    await transport.close()
  }

  @Test func aKnownPictureIsNeitherPreparedNorEncodedNorReadAgain() async throws {
    try await Cluster.with(shape, over: transport, name: "hd-known") { cluster in
      let image = try picture("0006.png")
      let first = try await cluster.ask("What is in the image?", image) { $0.tokenLimit = 4 }
      #expect(first.finished.images[0].source == .encoded)
      let second = try await cluster.ask("Is there a circle?", image) { $0.tokenLimit = 4 }
      #expect(second.finished.images[0].source == .decoder)
      #expect(second.finished.finished.usage.cachedTokens >= 2_928)
      await expectPieces(6, cluster)
    }
    await transport.close()
  }

  /// The same bytes seen in another way are another feature, at the gateway and at the decoder.
  @Test func everyWayToSeeAPictureIsAnotherPicture() async throws {
    let ways: [@Sendable (inout AskRequest) -> Void] = [
      { _ in }, { $0.policy = .pad }, { $0.policy = .crop }, { $0.hdMaxTiles = 1 }, { $0.pixels = .f16 },
    ]
    try await Cluster.with(shape, over: transport, name: "hd-ways") { cluster in
      let image = try picture("0007.jpg")
      var digests: Set<[UInt8]> = []
      for way in ways {
        let receipt = try await cluster.ask("Hi", image) { request in
          request.tokenLimit = 1
          way(&request)
        }.finished.images[0]
        #expect(receipt.source == .encoded)
        digests.insert(receipt.featureDigest)
      }
      #expect(digests.count == ways.count - 1, "a padded view is the first of the parts, and all of one part")
    }
    await transport.close()
  }

  @Test func aModelThatNeverSawPartsRefusesThemUnlessToldAndThenSaysSo() async throws {
    try await Cluster.with(over: transport, name: "hd-untrained") { cluster in
      let image = try Sample.image("02_640x480.jpg")
      for change: @Sendable (inout AskRequest) -> Void in [{ $0.hd = true }, { $0.hdMaxTiles = 2 }] {
        let error = try await cluster.refusal("Hi", image, change)
        #expect(error.code == .invalidRequest && error.message.contains("demo was never trained"), "\(error)")
      }
      let answer = try await cluster.ask("Hi", image) { ($0.hdUntrained, $0.tokenLimit) = (true, 2) }
      let receipt = answer.finished.images[0]
      let plan = TilePlan(of: ImageSize(width: 640, height: 480), policy: .tiles(.untrained))
      #expect(receipt.isUntrained && receipt.policy == .tiles(.untrained))
      #expect(receipt.tokenCount == plan.tokenCount && plan.rowEndCount == 0)
      #expect(answer.finished.finished.usage.imageTokens == plan.tokenCount)
      let plain = try await cluster.ask("Hi", image) { $0.tokenLimit = 2 }
      #expect(plain.finished.images[0].policy == .pad && !plain.finished.images[0].isUntrained)
    }
    await transport.close()
  }

  @Test func contradictionsAreRefused() async throws {
    try await Cluster.with(shape, over: transport, name: "hd-wrong") { cluster in
      let image = try picture("0006.png")
      let both = try await cluster.refusal("Hi", image) { ($0.hd, $0.policy) = (true, .pad) }
      #expect(both.code == .invalidRequest && both.message.contains("found both"))
      let none = try await cluster.refusal("Hi", image) { $0.hdMaxTiles = 0 }
      #expect(none.code == .invalidRequest && none.message.contains("at least 1"))
      let two = [Turn(.user, [.image(0), .image(1), .text("Hi")])]
      let tooLong = await #expect(throws: ServiceError.self) {
        try await cluster.ask(two, images: [image, try picture("0007.jpg")])
      }
      #expect(tooLong?.code == .tooLarge && tooLong?.message.contains("fewer tiles") == true)
      // Nothing is encoded for a question that cannot be asked.
      await expectPieces(0, cluster)
    }
    await transport.close()
  }

  @Test func severalPicturesHaveEachItsOwnPlan() async throws {
    try await Cluster.with(over: transport, name: "hd-two") { cluster in
      let images = [try Sample.image("10_600x300.jpg"), try Sample.image("03_480x640.png")]
      let sizes = [ImageSize(width: 600, height: 300), ImageSize(width: 480, height: 640)]
      let plans = sizes.map { TilePlan(of: $0, policy: .tiles(.untrained.limited(to: 2))) }
      let turns = [Turn(.user, [.image(0), .text("and"), .image(1), .text("Hi")])]
      let together = try await cluster.ask(turns, images: images) {
        ($0.hdUntrained, $0.hdMaxTiles, $0.tokenLimit) = (true, 2, 4)
      }
      #expect(plans[0].grid == TileGrid(columns: 2, rows: 1) && plans[1].grid == TileGrid(columns: 1, rows: 2))
      #expect(together.finished.images.map(\.grid) == plans.map(\.grid))
      #expect(together.finished.images.map(\.tokenCount) == plans.map(\.tokenCount))
      #expect(together.finished.finished.usage.imageTokens == plans.reduce(0) { $0 + $1.tokenCount })
    }
    await transport.close()
  }
}
