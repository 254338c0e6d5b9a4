import ArgumentParser
import Credentials
import Foundation
import Launch

/// `llava certs renew`: new certificates by the same authorities.
struct CertsRenewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "renew", abstract: "Make new certificates by the authorities that there are.",
    discussion: """
      EXAMPLES
        llava certs renew certs
        llava certs renew certs --within 30       only those that end within 30 days: for a daily timer

      A process reads its certificates when it starts: copy them, and restart the processes one by one.
      Old and new certificates go together, since their authorities are the same.
      """)

  @Argument(help: "The directory that `llava certs init` made.", completion: .directory)
  var directory: String

  @OptionGroup var options: CertificateOptions

  @Option(help: "Renew only what ends within so many days.")
  var within: Int?

  func run() async throws {
    let certificates = CertificateDirectory(directory)
    let renewed: [CertificateRole]
    do throws(CredentialError) {
      renewed = try certificates.renew(
        hosts: options.host, days: options.dayCount, endingWithin: within.map { TimeInterval($0) * 86400 }, at: Date())
    } catch {
      throw LaunchError(error)
    }
    guard !renewed.isEmpty else {
      return try Output.standardOutput.write("Nothing ends within \(within ?? 0) days.\n")
    }
    let copies = renewed.map { "  \(directory)/\($0)/identity.pem\n" }.joined()
    try Output.standardOutput.write(
      "Renewed, until \(try options.expiry(in: certificates)). Copy to the machines that have the old ones:\n\n"
        + copies
        + "\nProcesses read them when they start: restart one after the other (SIGTERM finishes what was accepted).\n")
  }
}
