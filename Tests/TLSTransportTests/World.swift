import Concurrency
import RPC
import TLSTransport
import TestSupport
import Testing

extension TransportLimits {
  /// No bound of time that a busy machine could reach while a test runs.
  static var patient: TransportLimits {
    var limits = TransportLimits()
    limits.connectTimeout = .seconds(600)
    limits.handshakeTimeout = .seconds(600)
    return limits
  }
}

extension TLSTransport {
  /// A transport that can call itself.
  static func own() throws -> TLSTransport {
    TLSTransport(clock: SystemClock(), limits: .patient, credentials: try TestCertificates.once())
  }
}

/// A worker's listener in a transport of its own, and what it says of those it refuses.
func withListener(
  _ certificates: TestCertificates, at host: String = "127.0.0.1", _ limits: TransportLimits = .patient,
  _ body: (any Listener, @escaping @Sendable () -> [ServiceError]) async throws -> Void
) async throws {
  let refusals = Lock<[ServiceError]>([])
  let transport = TLSTransport(
    clock: SystemClock(), limits: limits, credentials: try certificates.credentials(of: .worker)
  ) { error in refusals.withLock { $0.append(error) } }
  let listener = try await transport.listen(at: Address("tls+tcp://\(host):0"))
  try await body(listener) { refusals.withLock { $0 } }
  await listener.close()
  await transport.close()
  #expect(transport.liveMessageCount == 0)
}

/// Whoever was refused before, a peer with the right certificate is taken.
func expectTaken(_ certificates: TestCertificates, by listener: any Listener) async throws {
  let caller = TLSTransport(
    clock: SystemClock(), limits: .patient, credentials: try certificates.credentials(of: .gateway))
  do {
    let client = try await caller.connect(to: listener.address)
    client.send(Frame(.ping))
    #expect(await listener.accept()?.receive()?.kind == .ping)
  } catch {
    await caller.close()
    throw error
  }
  await caller.close()
}

func failure(of body: () async throws -> Void) async -> ServiceError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? ServiceError
  }
}

/// Returns once so many have been refused.
func reach(_ count: Int, _ refusals: @Sendable () -> [ServiceError]) async {
  while refusals().count < count { await Task.yield() }
}
