import Clusters
import Concurrency
import Contracts
import Programs
import RPC

/// One question on its way, and what its client hears of it.
final class Asked: Sendable {
  enum Outcome: Sendable {
    case answered(text: String)
    case failed(ServiceError)
  }

  struct Heard: Sendable {
    var stages: [String] = []
    var tokens: [Int32] = []
    var text = ""
    var outcome: Outcome?
  }

  /// A client that is held reads no further than this.
  static let heldTokenCount = 3

  let question: Question
  let heard = Watched(Heard())
  private let isOpen: Watched<Bool>
  private let number: Int

  /// The file's `number` makes it one that nobody has seen. A client that `isHeld` stops reading at its third token,
  /// until it is let go: so the stream stays open at all ends, however fast a decoder is.
  init(_ question: Question, number: Int, isHeld: Bool = false) {
    self.question = question
    self.number = number
    isOpen = Watched(!isHeld)
  }

  func letGo() { isOpen.change { $0 = true } }

  /// Asks, and returns when there is an outcome.
  func run(by client: Client, deadline: Instant) async {
    let outcome: Outcome
    do {
      let file = try question.file(number)
      let request = AskRequest(
        turns: [Turn(.user, [.image(0), .text(question.text)])], imageByteCounts: [file.count],
        tokenLimit: question.tokenLimit)
      let finished = try await client.gateway.ask(request, images: [file], in: client.context(deadline: deadline)) {
        try await self.take($0)
      }
      outcome = .answered(text: heard.state.text + finished.finished.text)
    } catch {
      outcome = .failed(ServiceError(error))
    }
    heard.change { $0.outcome = outcome }
  }

  private func take(_ reply: AskReply) async throws {
    switch reply {
    case .stage(let stage): heard.change { $0.stages.append(stage) }
    case .token(let token):
      heard.change {
        $0.tokens.append(token.id)
        $0.text += token.text
      }
      if token.index + 1 >= Self.heldTokenCount { try await isOpen.reaches { $0 } }
    case .finished: break
    }
  }

  /// Waits until what it heard is so. Throws where it is over before.
  func reaches(_ what: String, _ isMet: @escaping @Sendable (Heard) -> Bool) async throws {
    try await heard.reaches { isMet($0) || $0.outcome != nil }
    let heard = heard.state
    guard isMet(heard) else {
      throw ServiceError(.internalFailure, "expected \(what), found it over: \(heard)")
    }
  }

  /// Returns what became of it, at last.
  func outcome() async throws -> Outcome {
    try await heard.reaches { $0.outcome != nil }
    guard let outcome = heard.state.outcome else { preconditionFailure("there is an outcome") }
    return outcome
  }
}

/// The right answer to a question: what an undisturbed run gave.
struct Expected: Equatable, Sendable {
  let tokens: [Int32]
  let text: String

  /// What is wrong with an outcome; nothing where it is this answer, or an error that says what.
  func fault(of asked: Asked, _ outcome: Asked.Outcome) -> String? {
    let heard = asked.heard.state
    switch outcome {
    case .answered(let text):
      return heard.tokens == tokens && text == self.text ? nil : "answered '\(text)' instead of '\(self.text)'"
    case .failed(let error):
      guard heard.tokens == Array(tokens.prefix(heard.tokens.count)) else {
        return "said '\(heard.text)' before it failed, instead of '\(text)'"
      }
      return error.message.isEmpty ? "failed without a word" : nil
    }
  }
}
