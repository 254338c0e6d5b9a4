import Clusters
import Concurrency
import Contracts
import NNGTransport
import Testing

@Suite struct SightTests {
  private let transport = NNGTransport(clock: SystemClock())

  @Test func aSecondQuestionOnAnImageComputesItsOwnWordsOnly() async throws {
    try await Cluster.with(over: transport, name: "known-image") { cluster in
      let image = try Sample.image("02_640x480.jpg")
      let first = try await cluster.ask(Sample.describe, image)
      let question = "How many circles are in the image?\nAnswer the question using a single word or phrase."
      let second = try await cluster.ask(question, image)
      #expect(first.finished.images[0].source == .encoded)
      #expect(first.finished.images[0].worker.contains("vision-0"))
      #expect(second.finished.images[0].source == .decoder)
      #expect(second.finished.images[0].digest == first.finished.images[0].digest)
      #expect(second.finished.finished.usage.cachedTokens >= 576)
      #expect(second.finished.finished.usage.promptTokens - second.finished.finished.usage.cachedTokens < 64)

      // The answer is the same whether the image was known or not.
      let fresh = try await Cluster.with(over: self.transport, name: "unknown-image") {
        try await $0.ask(question, image).tokens
      }
      #expect(second.tokens == fresh)
    }
    await transport.close()
  }

  @Test func theReceiptSaysWhatWasSeen() async throws {
    try await Cluster.with(over: transport, name: "receipt") { cluster in
      let answer = try await cluster.ask("Hi", try Sample.image("10_600x300.jpg")) { $0.policy = .crop }
      let receipt = answer.finished.images[0]
      #expect(receipt.width == 600 && receipt.height == 300)
      #expect(receipt.policy == .crop)
      #expect(receipt.viewCount == 1 && receipt.tokenCount == 576)
      #expect(receipt.featureDigest.count == 32)
      #expect(answer.finished.isDemonstration)
      #expect(answer.finished.finished.usage.imageTokens == 576)
    }
    await transport.close()
  }

  @Test func theSameBytesUnderAnotherPolicyAreAnotherImage() async throws {
    try await Cluster.with(over: transport, name: "policies") { cluster in
      let image = try Sample.image("10_600x300.jpg")
      let padded = try await cluster.ask("Hi", image)
      let cropped = try await cluster.ask("Hi", image) { $0.policy = .crop }
      #expect(cropped.finished.images[0].source == .encoded)
      #expect(cropped.finished.images[0].featureDigest != padded.finished.images[0].featureDigest)
    }
    await transport.close()
  }

  /// Published evaluations rounded pixels to fp16 before the tower: other features, and never the cached ones.
  @Test func roundedPixelsAreAnotherImage() async throws {
    try await Cluster.with(over: transport, name: "pixels") { cluster in
      let image = try Sample.image("10_600x300.jpg")
      let exact = try await cluster.ask("Hi", image)
      let rounded = try await cluster.ask("Hi", image) { $0.pixels = .f16 }
      #expect(exact.finished.images[0].pixels == .f32 && rounded.finished.images[0].pixels == .f16)
      #expect(rounded.finished.images[0].source == .encoded)
      #expect(rounded.finished.images[0].featureDigest != exact.finished.images[0].featureDigest)
    }
    await transport.close()
  }

  @Test func twoImagesAreSeenInTheirOrder() async throws {
    try await Cluster.with(over: transport, name: "two-images") { cluster in
      let images = [try Sample.image("01_336x336.png"), try Sample.image("03_480x640.png")]
      let answer = try await cluster.ask([Turn(.user, [.image(0), .image(1), .text("Hi")])], images: images) {
        $0.tokenLimit = 4
      }
      #expect(answer.finished.images.map(\.width) == [336, 480])
      #expect(answer.finished.finished.usage.imageTokens == 1152)
    }
    await transport.close()
  }

  @Test func imagesThatAreAskedAboutTogetherAreEncodedOnce() async throws {
    try await Cluster.with(over: transport, name: "single-flight") { cluster in
      let image = try Sample.image("07_800x600.png")
      let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
        for index in 0..<8 { group.addTask { try await cluster.ask("Question \(index)", image) { $0.tokenLimit = 2 } } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count { $0.finished.images[0].source == .encoded } == 1)
      #expect(await cluster.encoders[0].health().gauges["received"] == 1)
    }
    await transport.close()
  }
}
