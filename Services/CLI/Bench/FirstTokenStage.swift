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

  func measured() async throws -> [Figure] {
    let count = Workload.questionTokenCount
    let answers = try await BenchEngine.with(bench, model) { engine in
      var answers: [(value: BenchEngine.Answer, limits: MachineLimits)] = []
      for index in 0..<bench.workload.repeats {
        try Task.checkCancellation()
        bench.progress.show(Self.name, index, of: bench.workload.repeats)
        let inquiry = try engine.inquiry(number: index, tokenCount: count, image: index, tokenLimit: 1)
        answers.append(try await bench.watch.around { try await engine.ask(inquiry) })
      }
      return answers
    }
    let work = model.work
    let rows = answers[0].value.usage.promptTokens
    return [
      Figure(.firstToken, Self.name, samples: answers.map { $0.value.seconds(untilToken: 0) }).making(1, "images")
        .needing([work.encoding(views: 1), work.prefill(rows)], on: answers.map(\.limits))
    ]
  }
}
