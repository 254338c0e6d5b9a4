import Concurrency
import Contracts
import Launch

/// What was said, token by token.
struct Answer: Sendable {
  var text = ""
  var tokens: [Token] = []
}

/// Gathers an answer, and shows it as it comes: text on standard output, and meanwhile the stage on standard error.
final class AnswerView: Sendable {
  private struct State {
    var answer = Answer()
    var showsStage = false
  }

  private let isStreaming: Bool
  private let output: Output
  private let progress: Output?
  private let state = Lock(State())

  /// Stages are shown where people see them go.
  init(isStreaming: Bool, output: Output = .standardOutput, progress: Output = .standardError) {
    self.isStreaming = isStreaming
    self.output = output
    self.progress = progress.isTerminal ? progress : nil
  }

  var answer: Answer { state.withLock { $0.answer } }

  func take(_ reply: AskReply) throws {
    switch reply {
    case .stage(let stage): show(stage: stage)
    case .token(let token):
      show(stage: nil)
      state.withLock { state in
        state.answer.tokens.append(token)
        state.answer.text += token.text
      }
      if isStreaming { try output.write(token.text) }
    case .finished: break
    }
  }

  /// Adds what was held back, and ends the line.
  func finish(_ finished: AskFinished) throws {
    show(stage: nil)
    state.withLock { $0.answer.text += finished.finished.text }
    if isStreaming { try output.write(finished.finished.text + "\n") }
  }

  /// Ends the line of an answer that was stopped.
  func abandon() throws {
    show(stage: nil)
    if isStreaming, !answer.text.isEmpty { try output.write("\n") }
  }

  private func show(stage: String?) {
    guard let progress, state.withLock({ $0.answer.tokens.isEmpty && ($0.showsStage || stage != nil) }) else { return }
    state.withLock { $0.showsStage = stage != nil }
    try? progress.write("\r\u{1B}[K" + (stage.map { "\u{1B}[2m\($0) …\u{1B}[0m" } ?? ""))  // only a courtesy
  }
}
