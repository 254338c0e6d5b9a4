/// A token that was chosen, and what the model thought of it.
public struct SampledToken: Equatable, Sendable {
  public let id: Int32
  /// Natural logarithm of the token's probability by the model itself: over the tokens that may be generated, before
  /// bias, penalties and temperature. Nil where `SamplingOptions.logprobCount` is.
  public let logprob: Float?
  /// The most probable tokens, in descending order, equal ones by id; by the same measure as `logprob`.
  public let topLogprobs: [TokenLogprob]

  public init(id: Int32, logprob: Float? = nil, topLogprobs: [TokenLogprob] = []) {
    self.id = id
    self.logprob = logprob
    self.topLogprobs = topLogprobs
  }
}

/// A token and the natural logarithm of its probability.
public struct TokenLogprob: Equatable, Sendable {
  public let id: Int32
  public let logprob: Float

  public init(id: Int32, logprob: Float) {
    self.id = id
    self.logprob = logprob
  }
}
