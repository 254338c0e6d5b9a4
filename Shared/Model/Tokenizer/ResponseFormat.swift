/// How an answer is asked for, with the sentences that LLaVA-1.5 was trained on (arXiv 2310.03744, table 7).
public enum ResponseFormat: String, Sendable, CaseIterable {
  /// A word or a phrase.
  case short
  /// The letter of one of the choices that the question lists, a line for each ("A. red").
  case choice
  /// Sentences; nothing is added to the question.
  case long

  /// The question with the sentence that asks for this format on a line of its own.
  public func asking(_ question: String) -> String {
    switch self {
    case .short: "\(question)\nAnswer the question using a single word or phrase."
    case .choice: "\(question)\nAnswer with the option's letter from the given choices directly."
    case .long: question
    }
  }
}
