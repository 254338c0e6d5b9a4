/// What a tokenizer reads at most; beyond these bounds it says no.
enum Limits {
  /// Bytes of a file beside the weights; LLaMA's `tokenizer.model` has 500 kB, the largest vocabularies 20 MB.
  static let fileByteCount = 64 << 20
  /// UTF-8 bytes of one conversation: a context of 32,768 tokens at eight bytes a token, encoded in half a second at most.
  static let conversationByteCount = 256 << 10
  /// Turns of one conversation.
  static let turnCount = 1_024
  /// Images of one conversation; each takes hundreds of positions.
  static let imageCount = 256
  /// Stop strings of one answer, as many as the public APIs of this kind allow or more.
  static let stopStringCount = 16
  /// UTF-8 bytes of one stop string, which is how much text an answer can hold back.
  static let stopStringByteCount = 256
}
