/// What was said so far, ending with a question that waits for its answer.
public struct Conversation: Sendable, Equatable {
  public enum Role: String, Sendable, CaseIterable {
    case user
    case assistant
  }

  /// Part of what a user says. An image is placed by its part: an `<image>` written in a text is text.
  public enum Part: Sendable, Equatable {
    case text(String)
    /// The image of this index among those that come with the request.
    case image(Int)
  }

  public struct Turn: Sendable, Equatable {
    public let role: Role
    public let parts: [Part]

    public init(_ role: Role, _ parts: [Part]) {
      self.role = role
      self.parts = parts
    }
  }

  /// Stands at the very beginning; nil is the template's own.
  public let system: String?
  public let turns: [Turn]

  public init(system: String? = nil, turns: [Turn]) {
    self.system = system
    self.turns = turns
  }

  /// One question on the images of the indexes `0..<imageCount`.
  public init(asking question: String, imageCount: Int = 1) {
    self.init(turns: [Turn(.user, (0..<imageCount).map { .image($0) } + [.text(question)])])
  }
}

extension Conversation.Turn {
  /// The indexes of its images, in their order.
  var images: [Int] {
    parts.compactMap { part in
      if case .image(let index) = part { index } else { nil }
    }
  }

  /// Its texts, a line apart.
  var text: String {
    parts.compactMap { part in
      if case .text(let text) = part { text } else { nil }
    }.joined(separator: "\n")
  }
}

extension Conversation {
  /// Throws what makes this a conversation that has no prompt.
  func check() throws(TokenizerError) {
    guard turns.count <= Limits.turnCount else {
      throw TokenizerError(
        code: .tooLong, message: "expected at most \(Limits.turnCount) turns, found \(turns.count)")
    }
    var byteCount = system?.utf8.count ?? 0
    var imageCount = 0
    try Self.checkText(system ?? "", in: "the system text")
    for (index, turn) in turns.enumerated() {
      let place = "turn \(index + 1) of \(turns.count)"
      let expected: Role = index.isMultiple(of: 2) ? .user : .assistant
      guard turn.role == expected else {
        throw TokenizerError(
          code: .invalidConversation, message: "\(place): expected the \(expected), found the \(turn.role)")
      }
      let text = turn.text
      try Self.checkText(text, in: place)
      guard turn.role == .assistant || text.contains(where: { !$0.isWhitespace }) else {
        throw TokenizerError(code: .emptyQuestion, message: "\(place): expected a question, found an empty text")
      }
      guard turn.images.allSatisfy({ $0 >= 0 && turn.role == .user }) else {
        throw TokenizerError(
          code: .invalidConversation, message: "\(place): expected images in questions only, found \(turn.images)")
      }
      byteCount += text.utf8.count
      imageCount += turn.images.count
    }
    guard turns.last?.role == .user else {
      throw TokenizerError(
        code: .invalidConversation, message: "expected the last of \(turns.count) turns to be the user's")
    }
    guard byteCount <= Limits.conversationByteCount, imageCount <= Limits.imageCount else {
      throw TokenizerError(
        code: .tooLong,
        message: "expected at most \(Limits.conversationByteCount) bytes and \(Limits.imageCount) images, "
          + "found \(byteCount) and \(imageCount)")
    }
  }

  private static func checkText(_ text: String, in place: String) throws(TokenizerError) {
    guard !text.utf8.contains(0) else {
      throw TokenizerError(code: .invalidText, message: "\(place): expected text, found the character U+0000")
    }
  }
}
