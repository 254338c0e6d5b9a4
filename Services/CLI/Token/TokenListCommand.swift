import ArgumentParser
import Credentials
import Launch

/// `llava token list`: whose tokens there are, and what they may.
struct TokenListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show whose tokens there are and what they may.")

  @Option(help: "The file of the gateway's tokens.", completion: .file())
  var file: String

  func run() async throws {
    let list: TokenList
    do throws(CredentialError) { list = try TokenList(contentsOf: file) } catch { throw LaunchError(error) }
    var table = Table(
      ["NAME", "ID", "ADMIN", "TENANT", "IN FLIGHT", "IMAGE BYTES/MIN", "TOKENS/MIN"], alignedRight: [4, 5, 6])
    for record in list.records {
      table.add(
        [record.name, record.id, record.admin ? "yes" : "", record.tenant ?? ""]
          + [record.requestsInFlight, record.imageBytesPerMinute, record.tokensPerMinute].map { limit in
            limit.map { "\($0)" } ?? "-"
          })
    }
    try Output.standardOutput.write(table.text)
  }
}
