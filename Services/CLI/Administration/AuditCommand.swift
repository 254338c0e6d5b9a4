import ArgumentParser
import Launch
import RPC

/// `llava audit`: the ledger of every process, and whether it adds up.
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Show the ledger of every process that a gateway knows, and whether it adds up.",
    discussion: """
      received = accepted + refused; accepted = completed + failed + cancelled + in progress. Exit status 1 where a sum is off,
      which is always a bug; 3 where a process did not answer.
      """)

  @OptionGroup var gateway: RunningGateway

  func run() async throws {
    let audit = Audit(try await gateway.withSession { session in try await session.status() })
    try Output.standardOutput.write(audit.text)
    guard audit.isBalanced else {
      throw ServiceError(.internalFailure, "a ledger does not add up: keep the logs, and report it")
    }
    guard audit.silent.isEmpty else {
      throw ServiceError(.unavailable, "not heard: \(audit.silent.joined(separator: ", "))")
    }
  }
}
