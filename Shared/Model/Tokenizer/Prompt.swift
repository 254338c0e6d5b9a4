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
  /// The prompt of a conversation in the form that LLaVA-1.5 was trained with, `vicuna_v1`:
  ///
  ///     <s>SYSTEM USER: <image>\nQUESTION ASSISTANT: ANSWER</s>USER: QUESTION ASSISTANT:
  ///
  /// The text is cut at the special tokens and each piece is encoded on its own, so that an image stands between a lone
  /// space and a newline with a space before it.
  /// Source: haotian-liu/LLaVA, `conversation.py` (`SeparatorStyle.TWO`) and `tokenizer_image_token` in `mm_utils.py`.
  public func prompt(for conversation: Conversation) throws(TokenizerError) -> Prompt {
    try conversation.check()
    var elements: [Prompt.Element] = [.token(beginningOfSequenceID)]
    var piece = conversation.system.isEmpty ? "" : "\(conversation.system) "
    var continues = false

    func encodePiece() throws(TokenizerError) {
      for id in try encode(piece, continues: continues) { elements.append(.token(id)) }
      piece = ""
    }

    for turn in conversation.turns {
      switch turn.role {
      case .user:
        piece += "USER: "
        for image in turn.images {
          try encodePiece()
          elements.append(.image(index: image))
          continues = false
          piece = "\n"
        }
        piece += "\(turn.text) ASSISTANT:"
      case .assistant:
        piece += " \(turn.text)"
        try encodePiece()
        elements.append(.token(endOfSequenceID))
        continues = !isLegacy
      }
    }
    try encodePiece()
    return Prompt(elements: elements)
  }
}
