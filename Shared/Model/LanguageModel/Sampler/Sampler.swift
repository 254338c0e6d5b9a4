import Glibc

/// A token that was chosen.
public struct SampledToken: Equatable, Sendable {
  public struct Alternative: Equatable, Sendable {
    public let id: Int32
    public let logprob: Float
  }

  public let id: Int32
  /// Natural logarithm of its probability before any option but the mask; only where logprobs were asked for.
  public let logprob: Float?
  /// The most likely tokens, likeliest first.
  public let alternatives: [Alternative]
}

/// Chooses tokens, in this order: vocabulary mask, logit bias, repetition, presence, frequency, temperature, top-k, top-p,
/// min-p, draw.
///
/// A draw depends on the seed and on the token's index alone, so that the same request gives the same answer whatever
/// else is computed with it, and a stream can be resumed anywhere.
public struct Sampler: Sendable {
  private let options: SamplingOptions
  /// Ids from here on are rows of the embedding that no tokenizer knows.
  private let vocabularySize: Int
  /// Never to be generated: the image's and the padding's ids.
  private let masked: Set<Int32>

  public init(_ options: SamplingOptions, vocabularySize: Int, masked: Set<Int32>) throws(SamplingError) {
    try options.validate()
    self.options = options
    self.vocabularySize = vocabularySize
    self.masked = masked
  }

  /// The token after `prompt` and `answer`, whose index is `answer.count`. Throws where the logits are no numbers.
  public func next(_ logits: [Float], prompt: [Int32], answer: [Int32]) throws(SamplingError) -> SampledToken {
    var logits = Array(logits.prefix(vocabularySize))
    guard logits.allSatisfy({ !$0.isNaN }) else {
      throw SamplingError(message: "token \(answer.count): expected logits, found NaN among them")
    }
    for id in masked where id >= 0 && Int(id) < logits.count { logits[Int(id)] = -.infinity }
    let likely = report(logits)
    bias(&logits)
    penalize(&logits, prompt: prompt, answer: answer)
    let id = options.temperature == 0 ? Self.likeliest(logits) : draw(logits, index: answer.count)
    guard logits[Int(id)] > -.infinity else {
      throw SamplingError(message: "token \(answer.count): every token is masked")
    }
    return SampledToken(id: id, logprob: likely.map { $0.logprobs[Int(id)] }, alternatives: likely?.top ?? [])
  }

  /// The lowest id of the highest logit.
  static func likeliest(_ logits: [Float]) -> Int32 {
    var best = 0
    for id in logits.indices where logits[id] > logits[best] { best = id }
    return Int32(best)
  }

  private func bias(_ logits: inout [Float]) {
    for (id, bias) in options.logitBias where Int(id) < logits.count { logits[Int(id)] += bias }
  }

  private func penalize(_ logits: inout [Float], prompt: [Int32], answer: [Int32]) {
    if options.repetitionPenalty != 1 {
      for id in Set(prompt).union(answer) where Int(id) < logits.count {
        let logit = logits[Int(id)]
        logits[Int(id)] = logit > 0 ? logit / options.repetitionPenalty : logit * options.repetitionPenalty
      }
    }
    guard options.presencePenalty != 0 || options.frequencyPenalty != 0 else { return }
    for (id, count) in answer.reduce(into: [Int32: Float](), { $0[$1, default: 0] += 1 }) where Int(id) < logits.count {
      logits[Int(id)] -= options.presencePenalty
      logits[Int(id)] -= options.frequencyPenalty * count
    }
  }

  private func draw(_ logits: [Float], index: Int) -> Int32 {
    // Likeliest first, the lower id among equals.
    var candidates = logits.indices.filter { logits[$0] > -.infinity }
      .sorted { logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1 }
    guard let first = candidates.first else { return 0 }
    if options.topK > 0 { candidates = Array(candidates.prefix(options.topK)) }
    let highest = logits[first]
    var weights = candidates.map { exp(Double((logits[$0] - highest) / options.temperature)) }
    if options.topP < 1 {
      let total = weights.reduce(0, +)
      var sum = 0.0
      let kept = weights.firstIndex { weight in
        sum += weight
        return sum >= Double(options.topP) * total
      }
      if let kept { weights = Array(weights[...kept]) }
    }
    // Sorted, so that the share of the likeliest is a prefix too.
    weights = Array(weights.prefix { $0 >= Double(options.minP) * weights[0] })
    var remaining = uniform(index) * weights.reduce(0, +)
    for (candidate, weight) in zip(candidates, weights) {
      remaining -= weight
      if remaining < 0 { return Int32(candidate) }
    }
    return Int32(candidates[weights.count - 1])
  }

  /// A number in 0..<1 for a token's index: SplitMix64 (Steele et al., 2014) of seed and index.
  private func uniform(_ index: Int) -> Double {
    func mixed(_ value: UInt64) -> UInt64 {
      var value = value &+ 0x9e37_79b9_7f4a_7c15
      value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
      value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
      return value ^ (value >> 31)
    }
    return Double(mixed(mixed(options.seed) ^ UInt64(index)) >> 11) * 0x1p-53
  }

  private func report(_ logits: [Float]) -> (logprobs: [Float], top: [SampledToken.Alternative])? {
    guard let count = options.logprobCount else { return nil }
    let highest = logits.max() ?? 0
    let normalizer = highest + Float(log(logits.reduce(0.0) { $0 + exp(Double($1 - highest)) }))
    let logprobs = logits.map { $0 - normalizer }
    let top = logprobs.indices.sorted { logprobs[$0] != logprobs[$1] ? logprobs[$0] > logprobs[$1] : $0 < $1 }
      .prefix(count).map { SampledToken.Alternative(id: Int32($0), logprob: logprobs[$0]) }
    return (logprobs, top)
  }
}
