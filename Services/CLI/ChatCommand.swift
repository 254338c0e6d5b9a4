import ArgumentParser
import Launch

/// `llava chat`: a conversation about pictures.
struct ChatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat", abstract: "Have a conversation about a picture.",
    discussion: """
      EXAMPLES
        llava chat photo.jpg
        llava chat --gateway tcp://127.0.0.1:7600 photo.jpg --temperature 0.2

      IN THE CONVERSATION
      \(Chat.usage)
      """)

  @Argument(help: "Pictures that the first question is about.")
  var images: [String] = []

  @OptionGroup var destination: Destination
  @OptionGroup var options: QuestionOptions

  func run() async throws {
    let options = options
    let model = destination.modelName
    let files = try images.map { path throws(LaunchError) in try imageFile(at: path) }
    try await destination.withSession(highResolution: options.parts.splits) { session in
      var chat = Chat(
        session, images: files,
        question: { turns, images in
          Question(options.request(turns, images: images, model: model), images: images, patience: options.deadline)
        }, format: options.format
      )
      try await chat.run()
    }
  }
}
