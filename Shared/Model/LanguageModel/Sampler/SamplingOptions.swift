/// How the next token is chosen from the logits. The defaults are greedy decoding with everything else off.
public struct SamplingOptions: Hashable, Sendable {
  /// Logits are divided by it; 0 takes the most probable token, and then `topK`, `topP`, `minP` and `seed` have no part.
  public var temperature: Float = 0
  /// Draws among so many of the most probable tokens; 0 is off.
  public var topK = 0
  /// Draws among the fewest of the most probable tokens that together reach this probability; 1 is off.
  public var topP: Float = 1
  /// Draws among tokens at least this fraction as probable as the most probable one; 0 is off.
  public var minP: Float = 0
  /// Of every token in the prompt's text and in the answer so far: a positive logit is divided by it, a negative one
  /// multiplied (Keskar et al. 2019, "CTRL"; transformers' `RepetitionPenaltyLogitsProcessor`); 1 is off.
  public var repetitionPenalty: Float = 1
  /// Subtracted from the logit of every token in the answer so far, not of the prompt (OpenAI); 0 is off.
  public var presencePenalty: Float = 0
  /// Subtracted from a token's logit once for each time it is in the answer so far, not in the prompt (OpenAI); 0 is off.
  public var frequencyPenalty: Float = 0
  /// With a token's index in the answer it determines the draw.
  public var seed: UInt64 = 0
  /// Added to the logits of these tokens. No bias brings back a token that is outside the vocabulary.
  public var logitBias: [Int32: Float] = [:]
  /// How many of the most probable tokens to report beside the chosen one; nil reports no probabilities at all.
  public var logprobCount: Int?

  public init() {}

  /// Tokens that may have a bias; each costs a look-up at every token.
  public static let logitBiasLimit = 1024
  /// As OpenAI's `top_logprobs`; each is sent with every token.
  public static let logprobLimit = 20

  /// These options, if every one of them is in its range; otherwise an error that names the first that is not.
  public func validated() throws(SamplingError) -> SamplingOptions {
    try check("temperature", temperature, in: 0...2)
    guard topK >= 0 else { throw SamplingError(field: "top_k", allowed: "0 (off) or more", found: "\(topK)") }
    guard topP > 0, topP <= 1 else {
      throw SamplingError(field: "top_p", allowed: "more than 0 and at most 1", found: "\(topP)")
    }
    try check("min_p", minP, in: 0...1)
    try check("repetition_penalty", repetitionPenalty, in: 0.01...100)
    try check("presence_penalty", presencePenalty, in: -2...2)
    try check("frequency_penalty", frequencyPenalty, in: -2...2)
    guard logitBias.count <= Self.logitBiasLimit else {
      throw SamplingError(
        field: "logit_bias", allowed: "at most \(Self.logitBiasLimit) tokens", found: "\(logitBias.count)")
    }
    for (token, bias) in logitBias.sorted(by: { $0.key < $1.key }) {
      try check("logit_bias[\(token)]", bias, in: -100...100)
    }
    if let logprobCount, !(0...Self.logprobLimit).contains(logprobCount) {
      throw SamplingError(field: "logprobs", allowed: "0...\(Self.logprobLimit)", found: "\(logprobCount)")
    }
    return self
  }

  private func check(_ field: String, _ value: Float, in range: ClosedRange<Float>) throws(SamplingError) {
    guard range.contains(value) else {
      throw SamplingError(field: field, allowed: "\(range)", found: "\(value)")
    }
  }
}
