import ArgumentParser
import Concurrency
import Credentials
import Glibc
import Launch
import RPC

/// How a client gets through to a gateway on another machine.
struct GatewayAccess: ParsableArguments {
  @Flag(help: "Allow an unencrypted tcp address on another machine.")
  var insecure = false

  @Option(
    help: "This client's certificate and whom it believes, for a tls+tcp address (see `llava certs`).",
    completion: .directory)
  var tlsDirectory: String?

  @Option(
    help: "A file with this client's token (default: the one that LLAVA_TOKEN_FILE names).", completion: .file())
  var tokenFile: String?

  init() {}

  /// What the gateway knows this client by; nothing where no file is named. Never an argument: others see those.
  func token() throws(LaunchError) -> String? {
    let named = tokenFile ?? getenv("LLAVA_TOKEN_FILE").map { String(cString: $0) }
    guard let path = named, !path.isEmpty else { return nil }
    do throws(CredentialError) { return try Token(contentsOf: path).text } catch { throw LaunchError(error) }
  }

  /// The way to the gateway at `address`; throws where it would not be safe, or a certificate is wrong.
  func transport(to address: Address, clock: any MonotonicClock) throws(LaunchError) -> Network {
    try [address].checked(isInsecureAllowed: insecure)
    return Network(clock: clock, credentials: try .read(from: tlsDirectory, connectingTo: [address]))
  }
}
