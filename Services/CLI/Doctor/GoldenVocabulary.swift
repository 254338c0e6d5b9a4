import Tokenizer

/// A vocabulary whose ids are known: for texts, and for whole prompts.
struct GoldenVocabulary: Decodable, Sendable {
  struct Text: Decodable, Sendable {
    var text: String
    var ids: [Int32]
  }

  struct Prompt: Decodable, Sendable {
    /// What user and assistant say in turn; the picture comes first.
    var turns: [String]
    /// Image k is -1 - k.
    var legacy: [Int32]
    var notLegacy: [Int32]
  }

  var name: String
  var pieceCount: Int
  /// What pieces of some ids add to a text, by which the vocabulary is known.
  var probes: [String: String]
  var texts: [Text]
  var prompts: [Prompt]

  /// Whether `tokenizer` has these pieces, by what its ids stand for and not by how it encodes.
  func isVocabulary(of tokenizer: Tokenizer) -> Bool {
    tokenizer.vocabularySize == pieceCount
      && probes.allSatisfy { id, text in Int32(id).map { tokenizer.bytes(of: $0) } == Array(text.utf8) }
  }

  /// What is encoded otherwise than it should be: the text, and both lists of ids.
  func differences(of tokenizer: Tokenizer) throws(TokenizerError) -> [String] {
    var differences: [String] = []
    for text in texts {
      let found = try tokenizer.encode(text.text)
      if found != text.ids { differences.append("\"\(text.text)\": expected \(text.ids), found \(found)") }
    }
    for prompt in prompts {
      let expected = tokenizer.isLegacy ? prompt.legacy : prompt.notLegacy
      let found = try ids(of: prompt.turns, by: tokenizer)
      if found != expected {
        let place = zip(found, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? min(found.count, expected.count)
        differences.append(
          "the prompt of \"\(prompt.turns.last ?? "")\", from position \(place): expected "
            + "\(expected[place...].prefix(4)), found \(found[place...].prefix(4))")
      }
    }
    return differences
  }

  private func ids(of turns: [String], by tokenizer: Tokenizer) throws(TokenizerError) -> [Int32] {
    // Written without its name, which is also that of a conversation in a terminal.
    let prompt = try tokenizer.prompt(
      for: .init(
        turns: turns.enumerated().map { index, text in
          guard index.isMultiple(of: 2) else { return .init(.assistant, [.text(text)]) }
          return .init(.user, index == 0 ? [.image(0), .text(text)] : [.text(text)])
        }))
    return prompt.elements.map { element in
      switch element {
      case .token(let id): id
      case .image(let index): -1 - Int32(index)
      }
    }
  }
}
