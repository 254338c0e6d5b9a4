import Glibc

/// Chooses the next token of one sequence from its logits.
///
/// The stages, in this order: vocabulary mask, logit bias, repetition, presence, frequency, temperature, top-k, top-p,
/// min-p, draw. The result is a function of the arguments alone, so a stream that resumes on another decoder, or is
/// decoded in another batch, goes on with the same tokens.
///
/// Two neighbours could change places and nobody would see it: a mask and a finite bias, and a temperature and top-k.
public struct Sampler: Sendable {
  public let options: SamplingOptions
  public let vocabulary: VocabularyMask
  private let generator: CounterGenerator

  /// Fails where an option is out of its range, or a bias is on a token that the tokenizer does not have.
  public init(_ options: SamplingOptions, vocabulary: VocabularyMask) throws(SamplingError) {
    self.options = try options.validated()
    self.vocabulary = vocabulary
    generator = CounterGenerator(seed: options.seed)
    for token in options.logitBias.keys.sorted() where !(0..<vocabulary.tokenCount).contains(Int(token)) {
      throw SamplingError(
        field: "logit_bias", allowed: "tokens of 0..<\(vocabulary.tokenCount)", found: "token \(token)")
    }
  }

  /// The token at `tokenIndex` of the answer, counted from 0; `logits` are `[vocabulary]`.
  public func next(
    logits: [Float], history: TokenHistory, tokenIndex: Int
  ) throws(SamplingError) -> SampledToken {
    let masked = try mask(logits)
    let scores = penalize(masked, history)
    guard let best = scores.indices.max(by: { scores[$0] < scores[$1] }), scores[best].isFinite else {
      throw SamplingError(.brokenLogits, "logits: none of the \(logits.count) tokens has a finite one")
    }
    let id = options.temperature == 0 ? Int32(best) : candidates(scores).draw(at: generator.unit(at: tokenIndex))
    guard let logprobCount = options.logprobCount else { return SampledToken(id: id) }
    return report(id, masked, count: logprobCount)
  }

  /// Stage 1: the tokens that may be generated keep their logits, all others have none.
  func mask(_ logits: [Float]) throws(SamplingError) -> [Float] {
    guard logits.count >= vocabulary.tokenCount else {
      throw SamplingError(
        .brokenLogits, "logits: expected at least the tokenizer's \(vocabulary.tokenCount), found \(logits.count)")
    }
    for (id, logit) in logits.enumerated() where logit.isNaN || logit == .infinity {
      throw SamplingError(.brokenLogits, "logits: expected finite numbers, found \(logit) for token \(id)")
    }
    var masked = Array(logits.prefix(vocabulary.tokenCount))
    for id in vocabulary.excluded where masked.indices.contains(Int(id)) { masked[Int(id)] = -.infinity }
    return masked
  }

  /// Stages 2 to 5: logit bias, repetition, presence, frequency.
  func penalize(_ logits: [Float], _ history: TokenHistory) -> [Float] {
    var scores = logits
    for (id, bias) in options.logitBias { scores[Int(id)] += bias }
    if options.repetitionPenalty != 1 {
      for id in history.seen where scores.indices.contains(Int(id)) {
        let score = scores[Int(id)]
        scores[Int(id)] = score > 0 ? score / options.repetitionPenalty : score * options.repetitionPenalty
      }
    }
    for (id, count) in history.generatedCounts where scores.indices.contains(Int(id)) {
      scores[Int(id)] -= options.presencePenalty
      scores[Int(id)] -= options.frequencyPenalty * Float(count)
    }
    return scores
  }

  /// Stages 6 to 9: temperature, top-k, top-p, min-p. What remains has probabilities.
  func candidates(_ scores: [Float]) -> Candidates {
    var candidates = Candidates(logits: scores)
    candidates.divide(by: options.temperature)
    if options.topK > 0 { candidates.keep(first: options.topK) }
    candidates.normalize()
    if options.topP < 1 { candidates.keep(mass: options.topP) }
    if options.minP > 0 { candidates.keep(atLeast: options.minP) }
    return candidates
  }

  private func report(_ id: Int32, _ masked: [Float], count: Int) -> SampledToken {
    let candidates = Candidates(logits: masked)
    let largest = candidates.list.reduce(-Double.infinity) { max($0, $1.weight) }
    let total = candidates.list.reduce(0) { $0 + exp($1.weight - largest) }
    let normalizer = largest + log(total)
    return SampledToken(
      id: id, logprob: Float(Double(masked[Int(id)]) - normalizer),
      topLogprobs: candidates.first(count).map { TokenLogprob(id: $0.id, logprob: Float($0.weight - normalizer)) })
  }
}
