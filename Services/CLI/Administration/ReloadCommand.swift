import ArgumentParser
import Contracts
import Launch

/// `llava reload`: a gateway reads its configuration again.
struct ReloadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload", abstract: "Have a gateway read its --config file again and take up the workers in it.",
    discussion: """
      What runs on workers that are gone from the file is finished first. Other changes take a restart, and are named. A file
      that is not good changes nothing. SIGHUP does the same. Takes an administrator.
      """)

  @OptionGroup var gateway: RunningGateway

  func run() async throws {
    let reply = try await gateway.withSession { session in try await session.client.reload(in: session.context()) }
    try Output.standardOutput.write(reply.text)
  }
}

extension ReloadReply {
  /// For people.
  var text: String {
    var lines = joined.map { "+ \($0)" } + left.map { "- \($0)" }
    if lines.isEmpty { lines = ["the workers are the same"] }
    if !restartKeys.isEmpty {
      lines.append("changed, and taken up by a restart only: \(restartKeys.joined(separator: ", "))")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
