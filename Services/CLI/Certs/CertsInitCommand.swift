import ArgumentParser
import Credentials
import Foundation
import Launch

/// `llava certs init`: authorities, and a certificate for each role.
struct CertsInitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make authorities for gateways, workers and clients, and a certificate of each.",
    discussion: """
      EXAMPLES
        llava certs init certs --host gateway.example --host vision-1.example --host 10.0.0.7
        llava certs init certs --host '*.llava-vision.default.svc' --days 30
      """)

  @Argument(help: "The directory to make.", completion: .directory)
  var directory: String

  @OptionGroup var options: CertificateOptions

  @Flag(help: "Replace what is there; no process believes the new certificates before it has them.")
  var force = false

  func run() async throws {
    let certificates = CertificateDirectory(directory)
    do throws(CredentialError) {
      try certificates.create(hosts: options.host, days: options.dayCount, isForced: force, at: Date())
    } catch {
      throw LaunchError(error)
    }
    try Output.standardOutput.write(
      """
      Made authorities and certificates in \(directory). Copy, so that only the process's user can read it:

        \(directory)/gateway  to each gateway's machine: llava-gateway --tls-directory gateway --listen tls+tcp://HOST:7600
        \(directory)/worker   to each vision worker's and decoder's: --tls-directory worker --listen tls+tcp://HOST:7601
        \(directory)/client   to each client's: llava ask --tls-directory client --gateway tls+tcp://HOST:7600

      \(directory)/authorities stays here: who has it can certify anybody. Renew before \(try options.expiry(in: certificates)):

        llava certs renew \(directory)

      """)
  }
}

/// What a certificate is for, and for how long.
struct CertificateOptions: ParsableArguments {
  @Option(
    help:
      "A name or an address that services are dialled by; may be repeated. This machine's own are always among them.")
  var host: [String] = []

  @Option(help: "How long the certificates are good (default: 365).")
  var days: Int?

  init() {}

  var dayCount: Int { days ?? 365 }

  func expiry(in certificates: CertificateDirectory) throws(LaunchError) -> String {
    do throws(CredentialError) {
      return try certificates.tlsDirectory(of: .gateway).expiry().formatted(.iso8601)
    } catch {
      throw LaunchError(error)
    }
  }
}
