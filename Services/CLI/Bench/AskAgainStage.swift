import LanguageModel
import Numerics
import RPC

/// Another question about a picture that the decoder knows: until its second token, which is one prefill of the question
/// and one step. Held against the same question with nothing before it, and one step.
struct AskAgainStage {
  private let bench: Bench
  private let model: BenchModel

  init(_ bench: Bench, _ model: BenchModel) {
    self.bench = bench
    self.model = model
  }

  private static let name = "ask again, \(Workload.questionTokenCount) tokens on a known image"

  func measured() async throws -> [Figure] {
    let count = Workload.questionTokenCount
    let (answers, limits, alone) = try await BenchEngine.with(bench, model) { engine in
      var (answers, limits, alone) = ([BenchEngine.Answer](), [MachineLimits](), [Double]())
      let first = try await engine.ask(engine.inquiry(number: 0, tokenCount: count, image: 0, tokenLimit: 1))
      for index in 0..<bench.workload.repeats {
        bench.progress.show(Self.name, index, of: bench.workload.repeats)
        // What is before the question is the image and the token that begins the prompt.
        let count = first.usage.promptTokens - first.usage.imageTokens - 1
        alone.append(try await bench.questionAlone(of: model, tokenCount: count))
        let inquiry = try engine.inquiry(number: 1 + index, tokenCount: count, image: 0, tokenLimit: 2)
        let again = try await bench.watch.around { try await engine.ask(inquiry) }
        answers.append(again.value)
        limits.append(again.limits)
      }
      return (answers, limits, alone)
    }
    let usage = answers[0].usage
    guard answers.allSatisfy({ $0.usage.cachedTokens >= $0.usage.imageTokens }) else {
      throw ServiceError(
        .internalFailure,
        "asking again: expected the image's \(usage.imageTokens) tokens to be known, found \(usage.cachedTokens)")
    }
    let work = model.work
    let rows = usage.promptTokens - usage.cachedTokens
    return [
      Figure(.askAgain, Self.name, samples: answers.map { $0.seconds(untilToken: 1) }).making(1, "questions")
        .needing(
          [
            work.prefill(rows, behind: usage.cachedTokens),
            work.decoding(streams: 1, at: usage.promptTokens, steps: 1),
          ], on: limits
        )
        .against(alone, "the question alone and one step")
    ]
  }
}
