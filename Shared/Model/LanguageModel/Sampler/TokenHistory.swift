/// The tokens that penalties look back on.
///
/// A stream that resumes elsewhere appends the tokens it has sent, and is penalised as if it had never moved.
public struct TokenHistory: Equatable, Sendable {
  /// Every token of the prompt's text and of the answer.
  private(set) var seen: Set<Int32>
  /// How often each token is in the answer.
  private(set) var generatedCounts: [Int32: Int] = [:]

  /// `prompt` holds the text's tokens only: an image's positions are no tokens.
  public init(prompt: some Sequence<Int32>) { seen = Set(prompt) }

  /// A token of the answer.
  public mutating func append(_ token: Int32) {
    seen.insert(token)
    generatedCounts[token, default: 0] += 1
  }
}
