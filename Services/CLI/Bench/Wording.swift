import Contracts
import Launch
import Tokenizer

/// Questions of a given length in tokens, each of which begins with other words than all before it: none finds its own
/// text among the prefixes that are known.
struct Wording: Sendable {
  let tokenizer: Tokenizer

  /// Nothing stands around a question but the token that begins every prompt.
  static let template = PromptTemplate.plain

  /// A question of `tokenCount` tokens besides those of its images, of at least as many where words do not come out even.
  func question(number: Int, tokenCount: Int, imageCount: Int = 0) throws -> String {
    var text = "\(number)"
    while case let missing = tokenCount - (try count(text, imageCount)), missing > 0 {
      // A word is a token in most vocabularies; half of them at a time comes near without going beyond.
      text += String(repeating: " a", count: (missing + 1) / 2)
    }
    return text
  }

  /// Tokens of the prompt, its images left out.
  private func count(_ text: String, _ imageCount: Int) throws -> Int {
    try tokenizer.prompt(for: .init(asking: text, imageCount: imageCount), template: Self.template)
      .elements.count - imageCount
  }
}
