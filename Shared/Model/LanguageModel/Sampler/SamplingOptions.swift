/// How the next token is chosen from the logits. The defaults leave the choice greedy and everything else off.
public struct SamplingOptions: Hashable, Sendable {
  /// 0 is greedy.
  public var temperature: Float = 0
  /// The most likely this many; 0 is off.
  public var topK = 0
  /// The most likely that together have this probability; 1 is off.
  public var topP: Float = 1
  /// Those at least this likely, as a share of the most likely; 0 is off.
  public var minP: Float = 0
  /// Divides the positive logits of tokens of prompt and answer, and multiplies the negative; 1 is off.
  /// (Keskar et al., CTRL, 2019, as transformers has it.)
  public var repetitionPenalty: Float = 1
  /// Subtracted from the logits of tokens of the answer; 0 is off. (OpenAI's API.)
  public var presencePenalty: Float = 0
  /// The same, as often as the token has come; 0 is off.
  public var frequencyPenalty: Float = 0
  public var seed: UInt64 = 0
  /// Added to the logits of single tokens.
  public var logitBias: [Int32: Float] = [:]
  /// Alternatives reported with each token; nothing: no log-probability either.
  public var logprobCount: Int?

  public init() {}

  /// Tokens that a request may bias, and alternatives that it may ask for.
  public static let biasLimit = 300
  public static let logprobLimit = 20

  /// Throws where a value is out of its range, naming it.
  public func validate() throws(SamplingError) {
    func check(_ isValid: Bool, _ field: String, _ found: String, _ allowed: String) throws(SamplingError) {
      guard isValid else { throw SamplingError(message: "\(field): expected \(allowed), found \(found)") }
    }
    try check(temperature >= 0 && temperature <= 100, "temperature", "\(temperature)", "0 to 100")
    try check(topK >= 0, "top-k", "\(topK)", "0 or more")
    try check(topP > 0 && topP <= 1, "top-p", "\(topP)", "above 0, at most 1")
    try check(minP >= 0 && minP <= 1, "min-p", "\(minP)", "0 to 1")
    try check(
      repetitionPenalty > 0 && repetitionPenalty <= 100, "repetition-penalty", "\(repetitionPenalty)",
      "above 0, at most 100")
    try check(abs(presencePenalty) <= 100, "presence-penalty", "\(presencePenalty)", "-100 to 100")
    try check(abs(frequencyPenalty) <= 100, "frequency-penalty", "\(frequencyPenalty)", "-100 to 100")
    try check(logitBias.count <= Self.biasLimit, "logit-bias", "\(logitBias.count) tokens", "at most \(Self.biasLimit)")
    for (token, bias) in logitBias {
      try check(token >= 0 && bias.isFinite, "logit-bias", "\(bias) for token \(token)", "a number for a token id")
    }
    if let logprobCount {
      try check(
        (0...Self.logprobLimit).contains(logprobCount), "logprobs", "\(logprobCount)", "0 to \(Self.logprobLimit)")
    }
  }
}

/// An option out of its range, or logits that are no numbers.
public struct SamplingError: Error, Equatable, Sendable, CustomStringConvertible {
  public let message: String

  public init(message: String) { self.message = message }

  public var description: String { message }
}
