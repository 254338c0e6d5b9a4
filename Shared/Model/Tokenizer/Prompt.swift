/// What the language model reads: token ids, and images in their places.
public struct Prompt: Sendable, Equatable {
  public enum Element: Sendable, Equatable {
    case token(Int32)
    /// The features of the image of this index.
    case image(index: Int)
  }

  public let elements: [Element]

  public init(elements: [Element]) {
    self.elements = elements
  }
}

extension Tokenizer {
  /// The prompt of a conversation, by default in the form that LLaVA-1.5 was trained with.
  ///
  /// The text is cut at special tokens and at images, and each piece is encoded on its own. The original cuts at images
  /// before its tokenizer sees the text: what follows one gets a leading space, as the first text does. For transformers
  /// an image is a special token, and `legacy` decides, as it does in both after every other one.
  /// Source: haotian-liu/LLaVA, `tokenizer_image_token` in `mm_utils.py`; transformers, `LlamaTokenizer.tokenize`.
  public func prompt(
    for conversation: Conversation, template: PromptTemplate = .vicunaV1, as behaviour: PromptBehaviour = .original
  ) throws(TokenizerError) -> Prompt {
    try conversation.check()
    var elements: [Prompt.Element] = [.token(beginningOfSequenceID)]
    var continues = false
    for segment in template.script(of: conversation).spelling(unknownMarks: { id(ofMark: $0) == nil }).segments {
      switch segment {
      case .text(let text):
        for id in try encode(text, continues: continues) { elements.append(.token(id)) }
      case .image(let index):
        elements.append(.image(index: index))
        continues = behaviour == .transformers && !isLegacy
      case .mark(let mark):
        if let id = id(ofMark: mark) { elements.append(.token(id)) }
        continues = !isLegacy
      }
    }
    return Prompt(elements: elements)
  }

  /// The id of a special token that templates use.
  private func id(ofMark mark: String) -> Int32? {
    switch mark {
    case "<s>": beginningOfSequenceID
    case "</s>": endOfSequenceID
    default: addedTokens[mark]
    }
  }
}

extension PromptScript {
  /// The same, with marks that a vocabulary does not have as text.
  fileprivate func spelling(unknownMarks isUnknown: (String) -> Bool) -> PromptScript {
    var script = PromptScript()
    for segment in segments {
      if case .mark(let mark) = segment, isUnknown(mark) {
        script.append(mark)
      } else {
        script.append(segment)
      }
    }
    return script
  }
}
