import Glibc
import Testing

@testable import LanguageModel

/// Each stage by itself, with values worked out by hand.
struct SamplerTests {
  func options(_ change: (inout SamplingOptions) -> Void) -> SamplingOptions {
    var options = SamplingOptions()
    change(&options)
    return options
  }

  func sampler(_ tokenCount: Int, excluding: Set<Int32> = [], _ change: (inout SamplingOptions) -> Void = { _ in })
    throws -> Sampler
  {
    try Sampler(options(change), vocabulary: VocabularyMask(tokenCount: tokenCount, excluding: excluding))
  }

  func history(prompt: [Int32] = [], answer: [Int32] = []) -> TokenHistory {
    answer.reduce(into: TokenHistory(prompt: prompt)) { $0.append($1) }
  }

  /// The probabilities that a draw would use, by token.
  func probabilities(_ sampler: Sampler, _ logits: [Float], _ history: TokenHistory) throws -> [Int32: Double] {
    let scores = sampler.penalize(try sampler.mask(logits), history)
    let list = sampler.candidates(scores).list
    return Dictionary(uniqueKeysWithValues: list.map { ($0.id, $0.weight) })
  }

  @Test func greedyTakesTheLowestIdOfTheMaximum() throws {
    let greedy = try sampler(5)
    #expect(try greedy.next(logits: [1, 3, 2, 3, 0], history: history(), tokenIndex: 0) == SampledToken(id: 1))
    #expect(try greedy.next(logits: [-1, -3, -.infinity, -1, -2], history: history(), tokenIndex: 7).id == 0)
  }

  @Test func maskedTokensAreNeverChosenWhateverTheirBias() throws {
    let logits: [Float] = [1, 50, 2, 0, 99, 100]
    for temperature: Float in [0, 2] {
      let masked = try sampler(4, excluding: [1, 9]) {
        $0.temperature = temperature
        $0.logitBias = [1: 100]
        $0.repetitionPenalty = 0.01
        $0.logprobCount = 20
      }
      for index in 0..<200 {
        let token = try masked.next(logits: logits, history: history(prompt: [1, 4, 5]), tokenIndex: index)
        #expect([0, 2, 3].contains(token.id))
        #expect(token.topLogprobs.map(\.id) == [2, 0, 3])
      }
    }
  }

  @Test func biasIsAdded() throws {
    let biased = try sampler(3) { $0.logitBias = [0: -1.5, 2: 0.75] }
    #expect(biased.penalize([1, 2, 3], history()) == [-0.5, 2, 3.75])
  }

  @Test func repetitionDividesThePositiveAndMultipliesTheNegative() throws {
    let repeated = try sampler(5) { $0.repetitionPenalty = 2 }
    let scores = repeated.penalize([3, -3, 3, -3, 0], history(prompt: [0, 0, 1, 31_999, -200], answer: [1, 4]))
    #expect(scores == [1.5, -6, 3, -3, 0], "once each, of the prompt and of the answer")
  }

  @Test func presenceCountsATokenOnceAndFrequencyEachTime() throws {
    let seen = history(prompt: [0, 3], answer: [1, 2, 1])
    #expect(try sampler(4) { $0.presencePenalty = 0.5 }.penalize([1, 1, 1, 1], seen) == [1, 0.5, 0.5, 1])
    #expect(try sampler(4) { $0.frequencyPenalty = 0.5 }.penalize([1, 1, 1, 1], seen) == [1, 0, 0.5, 1])
    #expect(try sampler(4) { $0.presencePenalty = -2 }.penalize([1, 1, 1, 1], seen) == [1, 3, 3, 1])
  }

  @Test func temperatureSharpensAndFlattens() throws {
    let logits = [log(Float(9)), 0]
    let cold = try probabilities(try sampler(2) { $0.temperature = 0.5 }, logits, history())
    let warm = try probabilities(try sampler(2) { $0.temperature = 2 }, logits, history())
    #expect(abs(cold[0]! - 81.0 / 82) < Self.rounding)
    #expect(abs(warm[0]! - 3.0 / 4) < Self.rounding)
  }

  @Test func topKKeepsExactlySoManyAndTheLowerIdOfEquals() throws {
    let logits: [Float] = [1, 5, 3, 5, 3, 3]
    for (count, kept) in [(1, [1]), (2, [1, 3]), (3, [1, 2, 3]), (4, [1, 2, 3, 4]), (9, [0, 1, 2, 3, 4, 5])] {
      let sampler = try sampler(6) {
        $0.temperature = 1
        $0.topK = count
      }
      #expect(try probabilities(sampler, logits, history()).keys.sorted() == kept.map { Int32($0) })
    }
  }

  @Test func topPKeepsTheFewestThatReachIt() throws {
    let logits = [0.1, 0.4, 0.3, 0.2].map { log(Float($0)) }
    for (mass, kept) in [
      (0.05, [1]), (0.39, [1]), (0.41, [1, 2]), (0.69, [1, 2]), (0.71, [1, 2, 3]), (0.95, [0, 1, 2, 3]),
    ] {
      let sampler = try sampler(4) {
        $0.temperature = 1
        $0.topP = Float(mass)
      }
      #expect(try probabilities(sampler, logits, history()).keys.sorted() == kept.map { Int32($0) }, "\(mass)")
    }
  }

  @Test func minPKeepsThoseAtLeastThisFractionOfTheBest() throws {
    let logits = [0.1, 0.4, 0.3, 0.2].map { log(Float($0)) }
    for (fraction, kept) in [(0.2, [0, 1, 2, 3]), (0.3, [1, 2, 3]), (0.6, [1, 2]), (0.8, [1]), (1, [1])] {
      let sampler = try sampler(4) {
        $0.temperature = 1
        $0.minP = Float(fraction)
      }
      #expect(try probabilities(sampler, logits, history()).keys.sorted() == kept.map { Int32($0) }, "\(fraction)")
    }
  }

  @Test func logprobsAreTheModelsOwn() throws {
    let token = try sampler(3, excluding: [1]) {
      $0.logprobCount = 2
      $0.logitBias = [0: 50]
    }.next(logits: [0, 9, log(3)], history: history(), tokenIndex: 0)
    #expect(token.id == 0, "the bias decides")
    #expect(abs(token.logprob! - log(0.25)) < Float(Self.rounding))
    #expect(token.topLogprobs.map(\.id) == [2, 0])
    #expect(abs(token.topLogprobs[0].logprob - log(0.75)) < Float(Self.rounding))
    #expect(token.topLogprobs[1].logprob == token.logprob)
  }

  @Test func brokenLogitsAreAnErrorAndNotAToken() throws {
    for temperature: Float in [0, 1] {
      let sampler = try sampler(2, excluding: [1]) { $0.temperature = temperature }
      for logits: [Float] in [
        [.nan, 0, 0], [0, .nan, 0], [0, 0, .nan], [.infinity, 0, 0], [-.infinity, 0, 0], [0], [],
      ] {
        let error = #expect(throws: SamplingError.self) {
          try sampler.next(logits: logits, history: history(), tokenIndex: 0)
        }
        #expect(error?.code == .brokenLogits)
      }
    }
  }

  @Test func noPenaltyOverflowsIntoATokenOrACrash() throws {
    let extreme = try sampler(2) {
      $0.temperature = .leastNonzeroMagnitude
      $0.repetitionPenalty = 0.01
    }
    let huge: [Float] = [.greatestFiniteMagnitude / 2, 1]
    #expect(throws: SamplingError.self) { try extreme.next(logits: huge, history: history(prompt: [0]), tokenIndex: 0) }
    #expect(try extreme.next(logits: huge, history: history(), tokenIndex: 0).id == 0)
  }

  /// A few units in the last place of a `Float` near 1.
  static let rounding = 1e-6
}
