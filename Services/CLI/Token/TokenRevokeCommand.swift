import ArgumentParser
import Credentials
import Launch

/// `llava token revoke`: a token is unknown from then on.
struct TokenRevokeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Take a token back; its next question is refused.")

  @Argument(help: "Whose it is.")
  var name: String

  @Option(help: "The file of the gateway's tokens.", completion: .file())
  var file: String

  func run() async throws {
    try TokenAddCommand.changing(file) { list throws(CredentialError) in try list.revoke(name) }
    try Output.standardOutput.write("revoked \(name)\n")
  }
}
