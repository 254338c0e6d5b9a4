import Concurrency
import Contracts
import Launch
import RPC

/// Asks the questions that have no answer yet, some at a time, and writes the answers in the order of the questions.
struct Evaluation: Sendable {
  private let remaining: [EvalQuestion]
  private let file: AnswerFile
  private let images: String
  private let parallelism: Int
  private let progress: ProgressBar

  /// Throws where the file answers other questions than these.
  init(
    _ questions: [EvalQuestion], file: AnswerFile, images: String, parallelism: Int, notes: Output = .standardError
  ) throws {
    let answered = Set(file.answers.map(\.id))
    let known = Set(questions.map(\.id))
    if let stranger = file.answers.first(where: { !known.contains($0.id) }) {
      throw LaunchError(
        .usage, "the answers hold question_id \(stranger.id), which the questions do not: name another file to write to"
      )
    }
    remaining = questions.filter { !answered.contains($0.id) }
    self.file = file
    self.images = images
    self.parallelism = parallelism
    progress = ProgressBar(total: questions.count, done: questions.count - remaining.count, output: notes)
  }

  var remainingCount: Int { remaining.count }

  /// Answers that may wait for one before them; more questions are not begun.
  private var windowCount: Int { parallelism * 4 }

  private struct Finished: Sendable {
    var index: Int
    var text: String
    var model: String
  }

  /// Answers what remains; `ask` makes a question of a turn and the bytes of its image.
  func run(
    _ session: Session, ask: @escaping @Sendable (Turn, [UInt8]?) -> Question
  ) async throws {
    var progress = progress
    progress.begin(at: session.clock.now)
    defer { progress.end() }
    try await withThrowingTaskGroup(of: Finished.self) { group in
      var begun = 0
      var written = 0
      var waiting: [Int: Finished] = [:]
      func begin() {
        let (index, question) = (begun, remaining[begun])
        group.addTask { try await answer(question, index: index, session, ask) }
        begun += 1
      }
      while written < remaining.count {
        while begun < remaining.count, begun - written - waiting.count < parallelism, begun - written < windowCount {
          begin()
        }
        guard let finished = try await group.next() else { break }
        waiting[finished.index] = finished
        while let next = waiting.removeValue(forKey: written) {
          try file.append(next.text, to: remaining[written], model: next.model)
          written += 1
          progress.advance(at: session.clock.now)
        }
      }
    }
  }

  /// Times that a refusal "not now" is taken for an answer to come.
  private static let attempts = 10

  private func answer(
    _ question: EvalQuestion, index: Int, _ session: Session, _ ask: @Sendable (Turn, [UInt8]?) -> Question
  ) async throws -> Finished {
    do {
      let image = try question.image.map { name throws(LaunchError) in try imageFile(at: "\(images)/\(name)") }
      let parts = (image == nil ? [] : [Part.image(0)]) + [.text(question.prompt)]
      let asked = ask(Turn(.user, parts), image)
      var attempt = 1
      while true {
        do {
          let view = AnswerView(isStreaming: false)
          let finished = try await session.ask(asked) { try view.take($0) }
          try view.finish(finished)
          return Finished(index: index, text: view.answer.text, model: finished.model)
        } catch let error as ServiceError
          where [.overloaded, .unavailable, .limitReached].contains(error.code) && attempt < Self.attempts
        {
          attempt += 1
          try await session.clock.sleep(for: error.retryAfter ?? .seconds(1))
        }
      }
    } catch let error as ServiceError {
      throw ServiceError(error.code, "question \(question.id): \(error.message)", retryAfter: error.retryAfter)
    } catch let error as LaunchError {
      throw LaunchError(error.code, "question \(question.id): \(error.message)")
    }
  }
}
