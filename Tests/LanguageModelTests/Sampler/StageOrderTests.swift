import Glibc
import Testing

@testable import LanguageModel

/// The order of the stages: for each pair of neighbours a case that comes out otherwise if they change places.
///
/// Two pairs have none, because nobody can tell: a mask and a finite bias, and a temperature, which keeps the order of
/// the logits, and top-k, which uses nothing else.
struct StageOrderTests {
  func greedy(_ logits: [Float], answer: [Int32], _ change: (inout SamplingOptions) -> Void) throws -> Int32 {
    var options = SamplingOptions()
    change(&options)
    let history = answer.reduce(into: TokenHistory(prompt: [])) { $0.append($1) }
    return try Sampler(options, vocabulary: VocabularyMask(tokenCount: logits.count))
      .next(logits: logits, history: history, tokenIndex: 0).id
  }

  func kept(_ probabilities: [Float], _ change: (inout SamplingOptions) -> Void) throws -> [Int32] {
    var options = SamplingOptions()
    options.temperature = 1
    change(&options)
    let sampler = try Sampler(options, vocabulary: VocabularyMask(tokenCount: probabilities.count))
    return sampler.candidates(probabilities.map { log($0) }).list.map(\.id).sorted()
  }

  @Test func biasComesBeforeRepetition() throws {
    // (2 + 2) / 2 = 2 < 2.5, but 2 / 2 + 2 = 3 > 2.5.
    let token = try greedy([2, 2.5], answer: [0]) {
      $0.logitBias = [0: 2]
      $0.repetitionPenalty = 2
    }
    #expect(token == 1)
  }

  @Test func repetitionComesBeforePresence() throws {
    // 4 / 2 - 1 = 1 < 1.25, but (4 - 1) / 2 = 1.5 > 1.25.
    let token = try greedy([4, 1.25], answer: [0]) {
      $0.repetitionPenalty = 2
      $0.presencePenalty = 1
    }
    #expect(token == 1)
  }

  @Test func presenceComesBeforeFrequency() throws {
    // Differences of `Float`s: (1 - 2^-25) - 2^-24 rounds to 1 - 2^-24, and (1 - 2^-24) - 2^-25 to 1 - 2^-23.
    let token = try greedy([1, 1 - 0x1p-24], answer: [0]) {
      $0.presencePenalty = 0x1p-25
      $0.frequencyPenalty = 0x1p-24
    }
    #expect(token == 0)
  }

  @Test func frequencyComesBeforeTemperature() throws {
    // (3 - 1) / 2 = 2 / 2, but 3 / 2 - 1 < 2 / 2.
    var options = SamplingOptions()
    options.frequencyPenalty = 1
    options.temperature = 2
    let sampler = try Sampler(options, vocabulary: VocabularyMask(tokenCount: 2))
    var history = TokenHistory(prompt: [])
    history.append(0)
    let list = sampler.candidates(sampler.penalize([3, 2], history)).list
    #expect(list.map(\.weight) == [0.5, 0.5])
  }

  @Test func temperatureComesBeforeTopP() throws {
    // Squared, 0.4 of 1 becomes 0.53 of 0.3.
    let cold = try kept([0.4, 0.3, 0.2, 0.1]) {
      $0.temperature = 0.5
      $0.topP = 0.5
    }
    #expect(cold == [0])
  }

  @Test func topKComesBeforeTopP() throws {
    // Of the first two, 0.4 is 0.57; of all, it is less than 0.5.
    let kept = try kept([0.4, 0.3, 0.2, 0.1]) {
      $0.topK = 2
      $0.topP = 0.5
    }
    #expect(kept == [0])
  }

  @Test func topPComesBeforeMinP() throws {
    // 0.5 does not reach 0.6; of the two that min-p leaves it would be 0.625.
    let kept = try kept([0.5, 0.3, 0.1, 0.1]) {
      $0.topP = 0.6
      $0.minP = 0.5
    }
    #expect(kept == [0, 1])
  }
}
