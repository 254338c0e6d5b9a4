import Concurrency
import Glibc
import Launch

/// A line of LLaVA's answers.jsonl, as far as it is read again.
struct EvalAnswer: Sendable, Decodable {
  var id: QuestionID
  var text: String

  enum CodingKeys: String, CodingKey {
    case id = "question_id"
    case text
  }
}

/// LLaVA's answers.jsonl, open for more lines. Whatever happens, it consists of whole lines.
final class AnswerFile: Sendable {
  /// A hundred times the questions of the largest of LLaVA's evaluations.
  private static let byteLimit = 8 << 30

  private struct Content {
    var answers: [EvalAnswer]
    /// Of whole lines.
    var byteCount: Int
  }

  private let path: String
  private let descriptor: Int32
  private let content: Lock<Content>

  /// Opens or creates the file for this process alone, and cuts off a last line that was not finished.
  init(at path: String) throws {
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    self.path = path
    guard descriptor >= 0 else { throw LaunchError(.file, "\(path): \(systemError())") }
    do {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        throw LaunchError(.file, "\(path): another evaluation writes to it")
      }
      let lines = try Self.wholeLines(of: path, descriptor)
      content = Lock(Content(answers: try jsonLines(of: lines, in: path), byteCount: lines.count))
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  private static func wholeLines(of path: String, _ descriptor: Int32) throws(LaunchError) -> [UInt8] {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw LaunchError(.file, "\(path): \(systemError())") }
    // A device or a pipe has no lines to go on from.
    guard status.st_mode & S_IFMT == S_IFREG else { return [] }
    let bytes = try fileBytes(at: path, limit: byteLimit)
    let lines = bytes.prefix(through: (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1))
    if lines.count < bytes.count, ftruncate(descriptor, off_t(lines.count)) != 0 {
      throw LaunchError(.file, "\(path): \(systemError())")
    }
    return Array(lines)
  }

  /// What is in the file: the answers that were there, and those that were added.
  var answers: [EvalAnswer] { content.withLock { $0.answers } }

  /// Writes an answer at once. Where the disk is full it throws, and the file ends with the line before.
  func append(_ text: String, to question: EvalQuestion, model: String) throws(LaunchError) {
    let line =
      "{\"question_id\": \(question.id), \"prompt\": \(question.prompt.pythonJSON), \"text\": \(text.pythonJSON), "
      + "\"answer_id\": \"\(question.answerID)\", \"model_id\": \(model.pythonJSON), \"metadata\": {}}\n"
    let kept = content.withLock { $0.byteCount }
    do throws(LaunchError) {
      try Output(descriptor: descriptor, name: path).write(line)
    } catch {
      // Of a device nothing can be taken back, and nothing is to be resumed.
      _ = ftruncate(descriptor, off_t(kept))
      throw LaunchError(error.code, "\(error.message); what was answered so far is kept, run the same again to go on")
    }
    content.withLock { content in
      content.answers.append(EvalAnswer(id: question.id, text: text))
      content.byteCount = kept + line.utf8.count
    }
  }
}
