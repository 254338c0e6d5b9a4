/// What a tokenizer reads at most; beyond these bounds it says no.
enum Limits {
  /// Bytes of a file beside the weights; LLaMA's `tokenizer.model` has 500 kB, the largest vocabularies 20 MB.
  static let fileByteCount = 64 << 20
  /// UTF-8 bytes of one conversation: eight times what fills a context of 32,768 tokens, at four bytes a token.
  static let conversationByteCount = 1 << 20
  /// Turns of one conversation.
  static let turnCount = 1_024
  /// Images of one conversation; each takes hundreds of positions.
  static let imageCount = 256
  /// Stop strings of one answer, as many as the public APIs of this kind allow or more.
  static let stopStringCount = 16
  /// UTF-8 bytes of one stop string, which is how much text an answer can hold back.
  static let stopStringByteCount = 256
}
