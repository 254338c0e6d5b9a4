import ArgumentParser

/// `llava model`: what is on disk, and the same in another layout.
struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Inspect a model's files, or convert them.",
    subcommands: [InspectCommand.self, ConvertCommand.self])
}
