public import Concurrency
import NIOCore
import NIOPosix
public import RPC

/// Links over `tls+tcp://`: TLS 1.3 with certificates of both ends, by swift-nio and BoringSSL.
///
/// In nng 1.5.2's own TLS a transfer that ends by its timeout ends the connection, and one that starts after the connection
/// was lost never ends: what watches for the second brings about the first.
public final class TLSTransport: Transport {
  private let clock: any MonotonicClock
  private let limits: TransportLimits
  private let credentials: TLSCredentials?
  private let refused: @Sendable (ServiceError) -> Void
  private let holdings = Holdings()
  private let threads = Lock(Threads())

  private struct Threads {
    var group: MultiThreadedEventLoopGroup?
    var isClosing = false
  }

  /// One would have a peer's megabytes hold up every other peer's tokens.
  private static let threadCount = 2

  /// `refused` hears of peers that a listener did not take, and why. Threads are started with the first address.
  public init(
    clock: any MonotonicClock, limits: TransportLimits = TransportLimits(), credentials: TLSCredentials? = nil,
    refused: @escaping @Sendable (ServiceError) -> Void = { _ in }
  ) {
    self.clock = clock
    self.limits = limits
    self.credentials = credentials
    self.refused = refused
  }

  /// Messages being written or read; at rest there are none.
  public var liveMessageCount: Int { holdings.messageCount }

  /// Ends every link, listener and attempt to connect, and the threads; returns when nothing is left.
  public func close() async {
    threads.withLock { $0.isClosing = true }
    await holdings.endAll()
    let group = threads.withLock { $0.group.take() }
    try? await group?.shutdownGracefully()  // what cannot be shut down ends with the process
    threads.withLock { $0.isClosing = false }
  }

  /// Throws `unavailable`, saying what failed at which address, or `unauthenticated` where a certificate was not taken;
  /// stops at once when the task is cancelled.
  public func connect(to address: Address) async throws -> any Link {
    let target = try target(of: address)
    let security = try Security.dialer(credentials, to: address)
    let dial = try hold { Dial(to: address, security, limits, clock: clock, holdings) }
    dial.one.start(target, on: dial.group)
    let result = await dial.one.outcome.take()
    dial.one.end()
    try Task.checkCancellation()
    guard let result else { throw closed(address) }
    return try result.get()
  }

  /// Throws `unavailable` when the address cannot be had, or the certificates cannot be used.
  public func listen(at address: Address) async throws -> any Listener {
    let target = try target(of: address)
    let security = try Security.listener(credentials, at: address)
    let socketAddress = try await target.resolved(for: address)
    let handshakes = Handshakes(limits, clock: clock, refused: refused)
    let listener = try hold { SecureListener(at: address, security, handshakes, holdings, refused: refused) }
    listener.one.start(at: socketAddress, on: listener.group)
    let result = await listener.one.outcome.take()
    if case .success = result, !Task.isCancelled { return listener.one }
    await listener.one.close()
    try Task.checkCancellation()
    try result?.get()
    throw closed(address)
  }

  /// Whatever is made is known to `close` before it can start anything.
  private func hold<One: Gated>(_ make: () -> One) throws(ServiceError) -> (one: One, group: any EventLoopGroup) {
    try threads.withLock { threads throws(ServiceError) in
      guard !threads.isClosing else { throw ServiceError(.unavailable, "the transport was closed") }
      let group = threads.group ?? MultiThreadedEventLoopGroup(numberOfThreads: Self.threadCount)
      threads.group = group
      return (make(), group)
    }
  }

  private func target(of address: Address) throws(ServiceError) -> Target {
    guard address.scheme == .tls, let target = Target(address) else {
      throw ServiceError(.invalidRequest, "\(address): expected tls+tcp://HOST:PORT")
    }
    return target
  }

  private func closed(_ address: Address) -> ServiceError {
    ServiceError(.unavailable, "\(address): the transport was closed")
  }
}
