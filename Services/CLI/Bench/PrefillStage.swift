import LanguageModel
import Numerics

/// Prompts alone, in passes as the decoder has them where nobody waits.
struct PrefillStage {
  private let bench: Bench
  private let model: BenchModel

  init(_ bench: Bench, _ model: BenchModel) {
    self.bench = bench
    self.model = model
  }

  func measured() async throws -> [Figure] {
    var figures: [Figure] = []
    for count in bench.workload.prompts {
      let samples = try await bench.samples(of: name(count)) { [model] in
        model.prefill(count, blocks: Array(0..<Int32(model.blockCount)))
      }
      figures.append(
        Figure(.prefill, name(count), samples: samples.seconds).making(count, "tokens")
          .needing([model.work.prefill(count)], on: samples.limits))
    }
    return figures
  }

  private func name(_ tokens: Int) -> String { "prefill \(tokens) tokens" }
}

extension BenchModel {
  /// Computes a prompt of so many tokens, from position 0 on.
  func prefill(_ count: Int, blocks: [Int32]) {
    let limit = Workload.passTokenCount
    for start in stride(from: 0, to: count, by: limit) {
      let end = min(start + limit, count)
      _ = forward([
        SequenceChunk(
          [.tokens((start..<end).map(token))], at: start, blocks: blocks, logits: end == count ? .last : .none)
      ])
    }
  }

  /// Some token of the vocabulary.
  func token(number: Int) -> Int32 { Int32((number &* 7919 &+ 3) % vocabularySize) }
}
