import Crypto
import Foundation
import Launch

/// A question's name: a number or a text, as its file has it.
enum QuestionID: Hashable, Sendable, Decodable, CustomStringConvertible {
  case number(Int)
  case text(String)

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do { self = .number(try container.decode(Int.self)) } catch { self = .text(try container.decode(String.self)) }
  }

  var description: String {
    switch self {
    case .number(let number): "\(number)"
    case .text(let text): text.pythonJSON
    }
  }
}

/// A line of LLaVA's question.jsonl.
struct EvalQuestion: Sendable, Decodable {
  var id: QuestionID
  var image: String?
  var text: String
  var category: String?
  /// The truth, where the file knows it.
  var answer: String?

  enum CodingKeys: String, CodingKey {
    case id = "question_id"
    case image, text, category, answer
  }

  /// Unique, and the same for the same question at every run.
  var answerID: String {
    let name = "\(id)\n\(image ?? "")\n\(text)"
    return SHA256.hash(data: Data(name.utf8)).prefix(11).map { String(format: "%02x", $0) }.joined()
  }

  /// What LLaVA's files may hold before the text, and what the prompt brings by itself.
  var prompt: String { text.hasPrefix("<image>\n") ? String(text.dropFirst(8)) : text }

  /// The largest of LLaVA's own question files has 447,793 lines and 50 MB.
  private static let byteLimit = 1 << 30

  static func read(from path: String) throws -> [EvalQuestion] {
    let questions: [EvalQuestion] = try jsonLines(of: try fileBytes(at: path, limit: byteLimit), in: path)
    guard !questions.isEmpty else { throw LaunchError(.usage, "\(path): expected questions, found none") }
    var lines: [QuestionID: Int] = [:]
    for (index, question) in questions.enumerated() {
      if let other = lines.updateValue(index + 1, forKey: question.id) {
        throw LaunchError(.usage, "\(path): question_id \(question.id) is in line \(other) and in line \(index + 1)")
      }
    }
    return questions
  }
}

/// Reads a value from each line that is not empty; an error names file and line.
func jsonLines<Value: Decodable>(of bytes: [UInt8], in path: String) throws(LaunchError) -> [Value] {
  let decoder = JSONDecoder()
  var values: [Value] = []
  for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
    guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
    do {
      values.append(try decoder.decode(Value.self, from: Data(line)))
    } catch {
      throw LaunchError(.usage, "\(path), line \(index + 1): \(sentence(of: error))")
    }
  }
  return values
}

private func sentence(of error: any Error) -> String {
  func path(_ context: DecodingError.Context) -> String { context.codingPath.map(\.stringValue).joined(separator: ".") }
  switch error {
  case DecodingError.keyNotFound(let key, _): return "'\(key.stringValue)' is missing"
  case DecodingError.typeMismatch(let type, let context): return "'\(path(context))': expected a \(type)"
  case DecodingError.valueNotFound(let type, let context): return "'\(path(context))': expected a \(type), found null"
  default: return "expected a JSON object"
  }
}
