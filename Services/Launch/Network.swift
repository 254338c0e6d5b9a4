public import Concurrency
import NNGTransport
public import RPC
import TLSTransport

/// The network of a process: `tls+tcp://` by `TLSTransport`, every other scheme by `NNGTransport`.
public struct Network: Transport {
  private let plain: NNGTransport
  private let secure: TLSTransport

  /// `credentials` are for `tls+tcp://`; `refused` hears of peers that a listener there did not take, and why.
  public init(
    clock: any MonotonicClock, credentials: TLSCredentials? = nil,
    refused: @escaping @Sendable (ServiceError) -> Void = { _ in }
  ) {
    plain = NNGTransport(clock: clock)
    secure = TLSTransport(clock: clock, credentials: credentials, refused: refused)
  }

  public func connect(to address: Address) async throws -> any Link {
    try await transport(for: address).connect(to: address)
  }

  public func listen(at address: Address) async throws -> any Listener {
    try await transport(for: address).listen(at: address)
  }

  private func transport(for address: Address) -> any Transport { address.scheme == .tls ? secure : plain }
}
