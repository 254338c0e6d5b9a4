/// Why a tokenizer cannot be opened, or why a conversation has no prompt.
public struct TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable, CaseIterable {
    /// A file is not there, or the system does not let us read it.
    case unreadable
    /// A file is not what its name says.
    case malformed
    /// A vocabulary of a kind that is not encoded here.
    case unsupported
    /// A model's chat template is none of those that are known.
    case unknownTemplate
    /// The last turn asks nothing.
    case emptyQuestion
    /// A text has a character that no text has (U+0000).
    case invalidText
    /// A text, or a list of stop strings, is beyond its bound.
    case tooLong
    /// Turns do not alternate from a user's to a user's, or an answer holds an image.
    case invalidConversation
    /// The library could not encode a text.
    case encodingFailed
  }

  public let code: Code
  public let message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
