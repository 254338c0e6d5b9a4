import LanguageModel
import Testing

struct SamplingOptionsTests {
  @Test func theDefaultsAreGreedyWithTheRestOff() throws {
    let options = SamplingOptions()
    #expect(options.temperature == 0 && options.topK == 0 && options.topP == 1 && options.minP == 0)
    #expect(options.repetitionPenalty == 1 && options.presencePenalty == 0 && options.frequencyPenalty == 0)
    #expect(options.seed == 0 && options.logitBias.isEmpty && options.logprobCount == nil)
    #expect(try options.validated() == options)
  }

  @Test func everyBoundIsAllowedAndBeyondItIsAnErrorThatNamesTheField() throws {
    typealias Change = (inout SamplingOptions) -> Void
    let bounds: [(field: String, allowed: [Change], refused: [Change])] = [
      (
        "temperature", [{ $0.temperature = 2 }],
        [{ $0.temperature = 2.01 }, { $0.temperature = -0.1 }, { $0.temperature = .nan }]
      ),
      ("top_k", [{ $0.topK = .max }], [{ $0.topK = -1 }]),
      ("top_p", [{ $0.topP = 0.001 }], [{ $0.topP = 0 }, { $0.topP = 1.01 }, { $0.topP = .nan }]),
      ("min_p", [{ $0.minP = 1 }], [{ $0.minP = -0.1 }, { $0.minP = 1.1 }, { $0.minP = .nan }]),
      (
        "repetition_penalty", [{ $0.repetitionPenalty = 0.01 }, { $0.repetitionPenalty = 100 }],
        [{ $0.repetitionPenalty = 0 }, { $0.repetitionPenalty = 1e-38 }, { $0.repetitionPenalty = .infinity }]
      ),
      (
        "presence_penalty", [{ $0.presencePenalty = -2 }],
        [{ $0.presencePenalty = 2.1 }, { $0.presencePenalty = .nan }]
      ),
      ("frequency_penalty", [{ $0.frequencyPenalty = 2 }], [{ $0.frequencyPenalty = -2.1 }]),
      (
        "logit_bias", [{ $0.logitBias = [3: 100] }],
        [
          { $0.logitBias = [3: .infinity] }, { $0.logitBias = [3: -101] }, { $0.logitBias = [3: .nan] },
          { $0.logitBias = Dictionary(uniqueKeysWithValues: (0...1024).map { ($0, 1) }) },
        ]
      ),
      (
        "logprobs", [{ $0.logprobCount = 20 }, { $0.logprobCount = 0 }],
        [{ $0.logprobCount = 21 }, { $0.logprobCount = -1 }]
      ),
    ]
    for bound in bounds {
      for change in bound.allowed {
        var options = SamplingOptions()
        change(&options)
        #expect(try options.validated() == options, "\(bound.field)")
      }
      for change in bound.refused {
        var options = SamplingOptions()
        change(&options)
        let error = #expect(throws: SamplingError.self, "\(bound.field)") { try options.validated() }
        #expect(error?.code == .invalidOption)
        #expect(error?.message.hasPrefix(bound.field) == true, "\(error?.message ?? "")")
      }
    }
  }

  @Test func anErrorSaysWhatWasFoundAndWhatIsAllowed() {
    var options = SamplingOptions()
    options.temperature = 3
    let error = #expect(throws: SamplingError.self) { try options.validated() }
    #expect(error?.message == "temperature: expected 0.0...2.0, found 3.0")
  }

  @Test(arguments: [-1, 4] as [Int32])
  func aBiasOnATokenThatIsNotThereIsAnError(token: Int32) {
    var options = SamplingOptions()
    options.logitBias = [token: 1]
    let error = #expect(throws: SamplingError.self) {
      try Sampler(options, vocabulary: VocabularyMask(tokenCount: 4))
    }
    #expect(error?.message == "logit_bias: expected tokens of 0..<4, found token \(token)")
  }
}
