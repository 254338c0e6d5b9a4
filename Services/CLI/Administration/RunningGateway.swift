import ArgumentParser
import Concurrency
import Launch
import RPC

/// The gateway that a command looks at, or has do something.
struct RunningGateway: ParsableArguments {
  @Option(
    name: .customLong("gateway"), help: "The gateway (default: this user's, or \(DefaultAddress.gateway)).",
    transform: Address.parsed)
  var named: Address?

  @OptionGroup var access: GatewayAccess

  var address: Address { named ?? DefaultAddress.gatewayInSight }

  /// Connects, runs `body`, and lets go; tries to connect as long as `patience`.
  func withSession<Result: Sendable>(
    patience: Duration? = nil, _ body: (Session) async throws -> Result
  ) async throws -> Result {
    let clock = SystemClock()
    return try await Session.with(
      gatewayAt: address, over: try access.transport(to: address, clock: clock), clock: clock,
      token: try access.token(), patience: patience, body)
  }
}
