import ArgumentParser

/// `llava token`: who may ask a gateway, and how much.
struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Add, revoke and list the tokens that a gateway accepts.",
    discussion: """
      EXAMPLES
        llava token add alice --file tokens.json > alice.token
        llava token add batch --file tokens.json --requests-in-flight 4 --tokens-per-minute 20000 > batch.token
        llava-gateway --tokens tokens.json
        llava ask --gateway tls+tcp://HOST:7600 --tls-directory client --token-file alice.token ...

      A gateway sees changes within a second. The file holds digests of the tokens and no token.
      """,
    subcommands: [TokenAddCommand.self, TokenRevokeCommand.self, TokenListCommand.self])
}
