import Checkpoint
import Concurrency
import Launch
import Tokenizer

/// Whether texts and prompts become the originals' ids.
struct TokenChecks: Sendable {
  let golden: GoldenSet
  let thread: any ComputeThread

  private static let advice =
    "the model would read other words than it was trained on: get tokenizer.model and tokenizer_config.json again from "
    + "where the model came from"

  /// Of the demonstration model, whose folder comes with the program.
  func demonstration(at directory: String) -> Check {
    Check(.tokens, "demonstration vocabulary", advice: GoldenSet.advice, on: thread) {
      try outcome(of: Tokenizer(directory: directory), expecting: "demonstration", advice: GoldenSet.advice)
    }
  }

  /// Of the model that was named. Ids are known for LLaMA's vocabulary; any other must give texts back as they were.
  func named(_ checkpoint: Checkpoint) -> Check {
    Check(.tokens, "the model's vocabulary", advice: Self.advice, on: thread) {
      try outcome(of: Tokenizer(checkpoint), advice: Self.advice)
    }
  }

  private func outcome(
    of tokenizer: Tokenizer, expecting name: String? = nil, advice: String
  ) throws -> Outcome {
    let vocabularies = try golden.json("tokens.json", as: [GoldenVocabulary].self)
    let texts = vocabularies.flatMap(\.texts).map(\.text)
    let lost = try texts.filter { try !survives($0, tokenizer) }
    if let first = lost.first {
      return .failed("\(lost.count) texts do not come back as they were, such as \"\(first)\"", advice: advice)
    }
    let known = vocabularies.first { $0.isVocabulary(of: tokenizer) }
    guard let known, name == nil || known.name == name else {
      let found = "\(tokenizer.vocabularySize) pieces, whose ids the golden set does not know"
      guard let name else { return .passed("\(found); \(texts.count) texts come back as they were") }
      return .failed("expected the \(name) vocabulary, found \(found)", advice: advice)
    }
    let differences = try known.differences(of: tokenizer)
    if let first = differences.first {
      return .failed("\(differences.count) encoded otherwise than in the original: \(first)", advice: advice)
    }
    return .passed("\(known.name), \(known.texts.count) texts and \(known.prompts.count) prompts, id for id")
  }

  /// Whether the text's ids stand for it again; most vocabularies put a space before it.
  private func survives(_ text: String, _ tokenizer: Tokenizer) throws(TokenizerError) -> Bool {
    let bytes = try tokenizer.encode(text).flatMap { tokenizer.bytes(of: $0) }
    return bytes == Array(text.utf8) || bytes == Array(" \(text)".utf8)
  }
}
