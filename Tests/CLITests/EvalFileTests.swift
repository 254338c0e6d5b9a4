import Foundation
import Launch
import Testing

@testable import CLI

/// A fresh directory that is gone after `body`.
func withDirectory(_ body: (String) async throws -> Void) async throws {
  let directory = FileManager.default.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: directory) }  // left behind at worst
  try await body(directory)
}

/// The answers that a file holds.
func writtenAnswers(at path: String) throws -> [EvalAnswer] {
  try jsonLines(of: try fileBytes(at: path, limit: 1 << 20), in: path)
}

struct EvalFileTests {
  private static let questions = """
    {"question_id": 5, "image": "a.png", "text": "Which \\"color\\"?\\nShort.", "category": "color", "answer": "red"}
    {"question_id": "x-1", "image": "b.png", "text": "<image>\\nWhere?", "category": "place", "answer": "left"}

    {"question_id": 7, "text": "Why é🙂?"}
    """

  private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private func read(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }

  @Test func aQuestionMayHaveANumberOrAText() async throws {
    try await withDirectory { directory in
      try write(Self.questions, to: directory + "/q")
      let questions = try EvalQuestion.read(from: directory + "/q")
      #expect(questions.map(\.id) == [.number(5), .text("x-1"), .number(7)])
      #expect(questions.map(\.image) == ["a.png", "b.png", nil])
      #expect(questions[1].prompt == "Where?")
      #expect(Set(questions.map(\.answerID)).count == 3)
      #expect(questions.allSatisfy { $0.answerID.count == 22 })
      #expect(try EvalQuestion.read(from: directory + "/q").map(\.answerID) == questions.map(\.answerID))
    }
  }

  @Test(arguments: [
    ("{\"question_id\": 1}", "line 1: 'text' is missing"),
    ("{\"question_id\": 1, \"text\": \"a\"}\n{\"question_id\": 2, \"text\": 3}", "line 2: 'text': expected a String"),
    ("{\"question_id\": 1, \"text\": \"a\"}\n\n[", "line 3: expected a JSON object"),
    (
      "{\"question_id\": 1, \"text\": \"a\"}\n{\"question_id\": 1, \"text\": \"b\"}",
      "question_id 1 is in line 1 and in line 2"
    ), ("", "expected questions, found none"),
  ])
  func aWrongQuestionFileIsNamedWithItsLine(text: String, message: String) async throws {
    try await withDirectory { directory in
      try write(text, to: directory + "/q")
      let error = try #require(throws: LaunchError.self) { try EvalQuestion.read(from: directory + "/q") }
      #expect(error.message.contains(message))
      #expect(error.message.hasPrefix(directory + "/q"))
    }
  }

  @Test func answersAreWrittenAsLLaVAWritesThem() async throws {
    try await withDirectory { directory in
      try write(Self.questions, to: directory + "/q")
      let questions = try EvalQuestion.read(from: directory + "/q")
      let file = try AnswerFile(at: directory + "/a")
      try file.append("re\"d", to: questions[0], model: "demo")
      try file.append("ü🙂", to: questions[1], model: "demo")
      #expect(
        try read(directory + "/a") == """
          {"question_id": 5, "prompt": "Which \\"color\\"?\\nShort.", "text": "re\\"d", \
          "answer_id": "\(questions[0].answerID)", "model_id": "demo", "metadata": {}}
          {"question_id": "x-1", "prompt": "Where?", "text": "\\u00fc\\ud83d\\ude42", \
          "answer_id": "\(questions[1].answerID)", "model_id": "demo", "metadata": {}}

          """)
    }
  }

  @Test func aTornLastLineIsCutOffAndTheRestIsKept() async throws {
    try await withDirectory { directory in
      let whole = "{\"question_id\": 5, \"text\": \"red\"}\n"
      for torn in ["{", "{\"question_id\": 7, \"text\": \"b\"}", "\n\n{\"question_id\": 7, \"te"] {
        try write(whole + torn, to: directory + "/a")
        let file = try AnswerFile(at: directory + "/a")
        #expect(file.answers.map(\.id) == [.number(5)])
        #expect(try read(directory + "/a").hasPrefix(whole))
        #expect(try read(directory + "/a").hasSuffix("\n"))
        #expect(try writtenAnswers(at: directory + "/a").count == 1)
      }
    }
  }

  @Test func aBrokenLineInTheMiddleIsAnErrorAndNothingIsCut() async throws {
    try await withDirectory { directory in
      let text = "{\"question_id\": 5, \"te\n{\"question_id\": 6, \"text\": \"a\"}\n{"
      try write(text, to: directory + "/a")
      let error = try #require(throws: LaunchError.self) { try AnswerFile(at: directory + "/a") }
      #expect(error.message.contains("line 1"))
    }
  }

  @Test func oneEvaluationWritesToAFile() async throws {
    try await withDirectory { directory in
      let first = try AnswerFile(at: directory + "/a")
      let error = try #require(throws: LaunchError.self) { try AnswerFile(at: directory + "/a") }
      #expect(error.message.hasSuffix("another evaluation writes to it"))
      withExtendedLifetime(first) {}
    }
  }

  @Test func aFullDiskIsAnError() async throws {
    try await withDirectory { directory in
      try write(Self.questions, to: directory + "/q")
      let questions = try EvalQuestion.read(from: directory + "/q")
      let file = try AnswerFile(at: "/dev/full")
      let error = try #require(throws: LaunchError.self) { try file.append("a", to: questions[0], model: "m") }
      #expect(error.code == .file)
      #expect(error.message.hasPrefix("/dev/full: No space left on device"))
    }
  }

  @Test func accuracyCountsWholeAnswersByCategory() async throws {
    try await withDirectory { directory in
      try write(
        """
        {"question_id": 1, "text": "", "category": "color", "answer": "red"}
        {"question_id": 2, "text": "", "category": "color", "answer": "blue"}
        {"question_id": 3, "text": "", "category": "place", "answer": "left"}
        {"question_id": 4, "text": "", "answer": "7"}
        {"question_id": 5, "text": "", "category": "place"}
        {"question_id": 6, "text": "", "category": "place", "answer": "top"}
        """, to: directory + "/q")
      let questions = try EvalQuestion.read(from: directory + "/q")
      let answers = [(1, "red"), (2, "dark blue"), (3, "left"), (4, "7"), (5, "?")].map {
        EvalAnswer(id: .number($0), text: $1)
      }
      let accuracy = Accuracy(of: questions, answers)
      #expect(accuracy.all == Accuracy.Score(right: 3, of: 4))
      #expect(
        accuracy.table == """
          CATEGORY       RIGHT  OF      %
          color              1   2   50.0
          place              1   1  100.0
          all questions      3   4   75.0
          2 questions have no known truth or no answer

          """)
      #expect(
        Accuracy(of: questions, []).table == "no question has both an answer and a known truth; nothing to count\n")
    }
  }
}
