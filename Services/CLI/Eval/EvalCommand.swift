import ArgumentParser
import Contracts
import Launch

/// `llava eval`: LLaVA's question files in, LLaVA's answer files out.
struct EvalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Answer a file of questions as LLaVA's evaluations do, and count what is right.",
    discussion: """
      EXAMPLES
        llava eval --questions question.jsonl --images images --answers answers.jsonl
        llava eval --gateway tcp://127.0.0.1:7600 --parallel 16 --questions q.jsonl --images . --answers a.jsonl

      A question is a line
        {"question_id": 1, "image": "1.jpg", "text": "...", "category": "...", "answer": "..."}
      the last two are optional. An answer is written as soon as those before it are. Run the same
      again after an interruption: it goes on with the questions that have no answer yet.
      """)

  @Option(help: "LLaVA's question.jsonl.")
  var questions: String

  @Option(help: "The folder that the images are in.")
  var images: String

  @Option(help: "The answers.jsonl that is written; what it has already is kept.")
  var answers: String

  @Option(help: "Questions asked at the same time.", transform: Parallelism.parsed)
  var parallel = Parallelism.usual

  @OptionGroup var destination: Destination
  @OptionGroup var options: QuestionOptions

  func run() async throws {
    let questions = try EvalQuestion.read(from: questions)
    let file = try AnswerFile(at: answers)
    let evaluation = try Evaluation(questions, file: file, images: images, parallelism: parallel.count)
    let (options, model) = (options, destination.modelName)
    if evaluation.remainingCount > 0 {
      do {
        try await destination.withSession(highResolution: options.parts.splits) { session in
          try await untilInterrupt {
            try await evaluation.run(session) { turn, image in
              let images = image.map { [$0] } ?? []
              return Question(
                options.request([turn], images: images, model: model), images: images, patience: options.deadline)
            }
          }
        }
      } catch let error as LaunchError where error.code == .interrupted {
        Output.standardError.say("stopped; run the same again to go on")
        throw error
      }
    }
    try Output.standardOutput.write(Accuracy(of: questions, file.answers).table)
  }
}

/// How many questions are on their way at once.
struct Parallelism: SettingValue, Equatable {
  /// A gateway takes 256 questions at once by default.
  private static let limit = 256
  /// Enough that the decoder has somebody to serve while an image is encoded.
  static let usual = Parallelism(count: 4)
  let count: Int

  private init(count: Int) { self.count = count }

  static var expectation: String { "1 to \(limit)" }
  init?(setting text: String) {
    guard let count = Int(text), (1...Self.limit).contains(count) else { return nil }
    self.count = count
  }
  var settingText: String { "\(count)" }
}
