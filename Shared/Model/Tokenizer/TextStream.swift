/// An answer's tokens as they come, and the text that they certainly are.
///
/// A character is never cut in the middle, the space before the first word is left out as the references do it, and text
/// that may be the beginning of a stop string is held back. However the answer is split, the text is the same.
public struct TextStream: Sendable {
  private let tokenizer: Tokenizer
  private var bytes = UTF8Buffer()
  private var stops: StopMatcher
  private var hasBegun = false

  /// At most 16 stop strings of 1 to 256 bytes each.
  public init(_ tokenizer: Tokenizer, stopStrings: [String] = []) throws(TokenizerError) {
    self.tokenizer = tokenizer
    stops = try StopMatcher(stopStrings)
  }

  /// The stop string that ended the answer; nothing comes after it.
  public var stopString: String? { stops.matched }

  /// The text that is certain with this token.
  public mutating func push(_ token: Int32) -> String {
    var added = tokenizer.bytes(of: token)[...]
    if !hasBegun, let first = added.first {
      hasBegun = true
      if first == UInt8(ascii: " ") { added = added.dropFirst() }
    }
    bytes.append(Array(added))
    return stops.push(bytes.takeComplete())
  }

  /// The text that was held back, when no more tokens will come.
  public mutating func finish() -> String {
    stops.push(bytes.takeAll()) + stops.finish()
  }
}
