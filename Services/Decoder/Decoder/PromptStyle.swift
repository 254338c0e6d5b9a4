import Contracts

/// What a prompt was made as.
struct PromptStyle: Sendable, Equatable {
  /// Whose behaviour.
  let reference: Reference
  /// By the name that LLaVA's `conversation.py` gives it.
  let template: String
}
