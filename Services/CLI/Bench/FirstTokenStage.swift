import Numerics

/// The first token about a picture that nobody has seen before: encoded, projected and read, through the real decoder.
///
/// It begins with pixels: decoding a file is no matter of the model.
struct FirstTokenStage {
  private let bench: Bench
  private let model: BenchModel

  init(_ bench: Bench, _ model: BenchModel) {
    self.bench = bench
    self.model = model
  }

  private static let name = "first token, new image + \(Workload.questionTokenCount) tokens"

  func measured() async throws -> Bench.Measurement {
    let count = Workload.questionTokenCount
    let answers = try await BenchEngine.with(bench, model) { engine in
      var answers: [BenchEngine.Answer] = []
      for index in 0..<bench.workload.repeats {
        try Task.checkCancellation()
        bench.progress.show(Self.name, index, of: bench.workload.repeats)
        answers.append(
          try await engine.ask(engine.inquiry(number: index, tokenCount: count, image: index, tokenLimit: 1)))
      }
      return answers
    }
    let work = model.work
    let rows = answers[0].usage.promptTokens
    return { limits in
      [
        Figure(.firstToken, Self.name, samples: answers.map { $0.seconds(untilToken: 0) }).making(1, "images")
          .needing([work.encoding(views: 1), work.prefill(rows)], on: limits)
      ]
    }
  }
}
