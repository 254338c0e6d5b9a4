import Checkpoint
import Concurrency
import LanguageModel
import Numerics

/// Whether projector and language model compute what transformers computes, on the random-weight model.
struct LogitChecks: Sendable {
  let features: FeatureChecks

  private var golden: GoldenSet { features.golden }

  var checks: [Check] {
    [check("projected features", projected), check("logits", logits), check("greedy tokens", greedyTokens)]
  }

  private func check(_ name: String, _ body: @escaping @Sendable () throws -> Outcome) -> Check {
    Check(.logits, name, advice: GoldenSet.advice, on: features.thread, body)
  }

  private func rows(of checkpoint: Checkpoint) throws -> Tensor {
    try Projector(checkpoint, on: features.compute)(features.features())
  }

  private func sequence() throws -> GoldenSequence {
    let checkpoint = try Checkpoint(golden.tiny)
    return try GoldenSequence(checkpoint, seeing: rows(of: checkpoint), on: features.compute)
  }

  private func projected() throws -> Outcome {
    let expected = try GoldenTensors(golden).floats("projected")
    return Agreement(try rows(of: Checkpoint(golden.tiny)).values, expected).outcome(of: "576 rows")
  }

  private func logits() throws -> Outcome {
    let tensors = try GoldenTensors(golden)
    var sequence = try sequence()
    let found = try sequence.read(tensors.integers("input_ids") + tensors.integers("forced_ids"), logits: .all)
    return Agreement(found, try tensors.floats("logits")).outcome(of: "\(sequence.position) positions")
  }

  private func greedyTokens() throws -> Outcome {
    let tensors = try GoldenTensors(golden)
    let expected = try tensors.integers("guarded_greedy_ids")
    var sequence = try sequence()
    let prompt = try sequence.read(tensors.integers("input_ids"), logits: .last)
    let found = try sequence.greedy(after: prompt, count: expected.count)
    guard found == expected, !found.isEmpty else {
      return .failed("expected \(expected), found \(found)", advice: GoldenSet.advice)
    }
    return .passed("\(found.count) tokens, all the same")
  }
}
