import ArgumentParser
import Concurrency
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

  init() {}

  /// The way to the gateway at `address`; throws where it would not be safe, or a certificate is wrong.
  func transport(to address: Address, clock: any MonotonicClock) throws(LaunchError) -> Network {
    try [address].checked(isInsecureAllowed: insecure)
    return Network(clock: clock, credentials: try .read(from: tlsDirectory, connectingTo: [address]))
  }
}
