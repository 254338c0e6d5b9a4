import ArgumentParser
import Credentials
import Launch

/// `llava token add`: prints a new token once.
struct TokenAddCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add a token and print it, once: nobody can read it again.")

  @Argument(help: "Whose it is.")
  var name: String

  @Option(help: "The file of the gateway's tokens; made if it is not there.", completion: .file())
  var file: String

  @Flag(help: "May also drain, reload and scale.")
  var admin = false

  @Option(help: "Shares what was computed with tokens of the same tenant only (default: with those of none).")
  var tenant: String?

  @Option(help: "Questions at once (default: as many as the gateway takes).")
  var requestsInFlight: Int?

  @Option(help: "Bytes of image files in any minute, such as 200MiB (default: no limit).", transform: ByteCount.parsed)
  var imageBytesPerMinute: ByteCount?

  @Option(help: "Tokens of answers in any minute (default: no limit).")
  var tokensPerMinute: Int?

  func run() async throws {
    let token = try Self.changing(file) { list throws(CredentialError) in
      var generator = SystemRandomNumberGenerator()
      return try list.add(
        name, isAdmin: admin, tenant: tenant, requestsInFlight: requestsInFlight,
        imageBytesPerMinute: imageBytesPerMinute?.bytes, tokensPerMinute: tokensPerMinute, using: &generator)
    }
    try Output.standardOutput.write(token.text + "\n")
  }

  /// Changes the list in a file, where there is one, and writes it back.
  static func changing<Result>(
    _ path: String, _ change: (inout TokenList) throws(CredentialError) -> Result
  ) throws(LaunchError) -> Result {
    do throws(CredentialError) {
      return try PrivateFile.changing(path) { () throws(CredentialError) in
        var list = PrivateFile.exists(path) ? try TokenList(contentsOf: path) : TokenList()
        let result = try change(&list)
        try list.write(to: path)
        return result
      }
    } catch {
      throw LaunchError(error)
    }
  }
}
