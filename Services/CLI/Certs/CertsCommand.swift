import ArgumentParser

/// `llava certs`: who the processes of several machines are to each other.
struct CertsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certs", abstract: "Make and renew the certificates of tls+tcp addresses.",
    discussion: """
      Gateways, workers and clients have an authority each. A worker takes calls from who was certified
      as a gateway, a gateway from who was certified as a client; who calls checks the host's name too.
      """,
    subcommands: [CertsInitCommand.self, CertsRenewCommand.self])
}
