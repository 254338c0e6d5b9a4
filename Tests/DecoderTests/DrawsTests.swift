import LanguageModel
import Testing

@testable import Decoder

struct DrawsTests {
  static let vocabularySize = 8

  /// Logits of which each row's highest is at one of `ids`, one above all others.
  private func logits(_ ids: [Int], lead: Float = 1) -> [Float] {
    ids.flatMap { best in (0..<Self.vocabularySize).map { $0 == best ? lead : 0 } }
  }

  private func draws(
    _ logits: [Float], drafted: [Int32], tokenIndex: Int = 0, ends: Set<Int32> = [],
    _ change: (inout SamplingOptions) -> Void = { _ in }
  ) throws -> Draws {
    var options = SamplingOptions()
    change(&options)
    let sampler = try Sampler(options, vocabulary: VocabularyMask(tokenCount: Self.vocabularySize))
    return Draws(
      from: logits, drafted: drafted[...], sampler: sampler, history: TokenHistory(prompt: []), tokenIndex: tokenIndex,
      ends: ends)
  }

  @Test func withoutADraftOneTokenIsDrawn() throws {
    let draws = try draws(logits([5]), drafted: [])
    #expect(draws.tokens.map(\.id) == [5] && draws.acceptedCount == 0)
  }

  @Test func whereEveryDraftedTokenHoldsOneMoreIsDrawn() throws {
    let draws = try draws(logits([5, 6, 7]), drafted: [5, 6])
    #expect(draws.tokens.map(\.id) == [5, 6, 7] && draws.acceptedCount == 2)
  }

  @Test func theFirstWrongTokenIsReplacedAndEndsTheDraws() throws {
    let draws = try draws(logits([5, 4, 7]), drafted: [5, 6])
    #expect(draws.tokens.map(\.id) == [5, 4] && draws.acceptedCount == 1)
    #expect(try self.draws(logits([4, 6, 7]), drafted: [5, 6]).tokens.map(\.id) == [4])
  }

  @Test func aTokenThatHeldIsInTheHistoryOfTheNext() throws {
    // The second 5 leads by 1 and loses 1.5 for the first.
    let draws = try draws(logits([5, 5]), drafted: [5]) { $0.presencePenalty = 1.5 }
    #expect(draws.tokens.map(\.id) == [5, 0])
  }

  @Test func everyTokenIsDrawnAtItsOwnIndex() throws {
    for seed in 0..<UInt64(50) {
      let sampling = { (options: inout SamplingOptions) in
        options.temperature = 1
        options.seed = seed
      }
      // Logits that are all the same: the draw is the index's.
      let alone = try (10..<14).map { index in
        try draws(logits([0], lead: 0), drafted: [], tokenIndex: index, sampling).tokens[0].id
      }
      let together = try draws(
        logits([0, 0, 0, 0], lead: 0), drafted: Array(alone.prefix(3)), tokenIndex: 10, sampling)
      #expect(together.tokens.map(\.id) == alone, "seed \(seed)")
    }
  }

  @Test func nothingIsDrawnAfterTheEnd() throws {
    let draws = try draws(logits([5, 2, 7]), drafted: [5, 2], ends: [2])
    #expect(draws.tokens.map(\.id) == [5, 2])
  }

  @Test func brokenLogitsOfALaterRowLeaveTheTokensBeforeThem() throws {
    let draws = try draws(logits([5, 6], lead: 1).enumerated().map { $0 > 7 ? .nan : $1 }, drafted: [5])
    #expect(draws.tokens.map(\.id) == [5])
    #expect(draws.error?.code == .brokenLogits)
  }

  @Test func brokenLogitsOfARowThatDoesNotCountAreNoError() throws {
    let draws = try draws(logits([4, 6], lead: 1).enumerated().map { $0 > 7 ? .nan : $1 }, drafted: [5])
    #expect(draws.tokens.map(\.id) == [4] && draws.error == nil)
  }
}
