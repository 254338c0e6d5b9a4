import ArgumentParser
import Contracts
import Launch

/// `llava ask`: one question, one answer.
struct AskCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ask", abstract: "Ask one question about one picture or several.",
    discussion: """
      EXAMPLES
        llava ask photo.jpg "What is in the background?"
        llava ask photo.jpg "How many people are there?" --format short
        llava ask --hd page.png "What does the small print say?"
        llava ask before.png after.png "What has changed?"
        curl -s https://example.org/a.png | llava ask - "What does the sign say?" --json
        llava ask --gateway ipc:///run/llava/gateway.sock photo.jpg "Is it day?" --deadline 30s --explain
      """)

  @Argument(help: "Pictures (JPEG, PNG or WebP; - is standard input), and then the question.")
  var words: [String]

  @OptionGroup var destination: Destination
  @OptionGroup var options: QuestionOptions

  @Flag(help: "Print one JSON object instead of the streamed text.")
  var json = false

  @Flag(
    inversion: .prefixedNo,
    help: "Show where the time went and what was seen (default: where standard error is a terminal).")
  var explain: Bool?

  func validate() throws {
    guard words.count >= 2 else {
      throw ValidationError("expected pictures and then a question, found only '\(words.first ?? "")'")
    }
    guard words.dropLast().count(where: { $0 == "-" }) <= 1 else {
      throw ValidationError("expected - once, standard input can be read only once")
    }
  }

  func run() async throws {
    let images = try words.dropLast().map { path throws(LaunchError) in try imageFile(at: path) }
    let parts = images.indices.map(Part.image) + [.text(options.format.asking(words[words.count - 1]))]
    let request = options.request([Turn(.user, parts)], images: images, model: destination.modelName)
    let question = Question(request, images: images, patience: options.deadline)
    let view = AnswerView(isStreaming: !json)
    let isExplained = explain ?? (Output.standardError.isTerminal && !json)
    let isJSON = json
    try await destination.withSession(highResolution: options.parts.splits) { session in
      let finished = try await untilInterrupt { try await session.ask(question) { try view.take($0) } }
      try view.finish(finished)
      for notice in finished.notices { Output.standardError.say(notice) }
      if isJSON {
        try Output.standardOutput.write(AnswerReport(view.answer, finished, trace: question.trace).json + "\n")
      }
      if isExplained { Explanation(finished, trace: question.trace).show(on: .standardError) }
    }
  }
}

/// An image file is at most this long (the services' own bound).
private let imageByteLimit = 64 << 20

/// The bytes of an image file; refused here where a service would refuse it by its size.
func imageFile(at path: String) throws(LaunchError) -> [UInt8] {
  let bytes = try fileBytes(at: path, limit: imageByteLimit)
  guard !bytes.isEmpty else { throw LaunchError(.usage, "\(path): expected a picture, found an empty file") }
  return bytes
}
