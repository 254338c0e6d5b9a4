import CNNG
import Concurrency
import Credentials
import Foundation
import NNGTransport
import RPC
import TestSupport
import Testing

/// Who is taken over TLS, and what is said of the others.
@Suite(.timeLimit(.minutes(2))) struct CertificateTests {
  /// What goes wrong, and who says what about it.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// What the side that calls has; it calls a worker.
    var caller: @Sendable (TestCertificates) throws -> TLSCredentials
    var host = "127.0.0.1"
    /// In the caller's error, and in the listener's.
    var callerSays: String
    var listenerSays: String
  }

  private static let refusesUs = "refuses our certificate"

  static let cases = [
    Case(
      testDescription: "another authority",
      caller: { ours in
        let foreign = try TestCertificates()
        defer { foreign.remove() }
        var credentials = try foreign.credentials(of: .gateway)
        credentials.servers = try ours.credentials(of: .gateway).servers
        return credentials
      }, callerSays: refusesUs, listenerSays: "not signed by the authority of callers"),
    Case(
      testDescription: "a client, where gateways are expected",
      caller: { ours in
        var credentials = try ours.credentials(of: .client)
        credentials.servers = try ours.credentials(of: .gateway).servers
        return credentials
      }, callerSays: refusesUs, listenerSays: "not signed by the authority of callers"),
    Case(
      testDescription: "a worker, where a gateway is expected",
      caller: { ours in
        var credentials = try ours.credentials(of: .gateway)
        credentials.servers = try ours.credentials(of: .client).servers
        return credentials
      }, callerSays: "not signed by the authority of servers", listenerSays: refusesUs),
    Case(
      testDescription: "another host", caller: { try $0.credentials(of: .gateway) }, host: "127.0.0.2",
      callerSays: "for another host", listenerSays: refusesUs),
    Case(
      testDescription: "expired",
      caller: { ours in
        let past = Date(timeIntervalSinceNow: -40 * 86400)
        _ = try ours.directory.renew(hosts: [], days: 10, at: past)
        return try ours.directory.tlsDirectory(of: .gateway).credentials(at: past)
      }, callerSays: refusesUs, listenerSays: "expired"),
  ]

  /// A worker's listener, and what it says of those it refuses.
  private func withListener(
    _ certificates: TestCertificates, at host: String = "127.0.0.1", _ limits: TransportLimits = TransportLimits(),
    _ body: (any Listener, @escaping @Sendable () -> [ServiceError]) async throws -> Void
  ) async throws {
    let refusals = Lock<[ServiceError]>([])
    let transport = NNGTransport(
      clock: SystemClock(), limits: limits, credentials: try certificates.credentials(of: .worker)
    ) { error in refusals.withLock { $0.append(error) } }
    let listener = try await transport.listen(at: Address("tls+tcp://\(host):0"))
    try await body(listener) { refusals.withLock { $0 } }
    await listener.close()
    await transport.close()
    #expect(transport.liveMessageCount == 0)
  }

  /// Whoever was refused before, a peer with the right certificate is taken.
  private func expectTaken(_ certificates: TestCertificates, by listener: any Listener) async throws {
    let caller = NNGTransport(clock: SystemClock(), credentials: try certificates.credentials(of: .gateway))
    let client = try await caller.connect(to: listener.address)
    client.send(Frame(.ping))
    #expect(await listener.accept()?.receive()?.kind == .ping)
    await caller.close()
  }

  private func failure(of body: () async throws -> Void) async -> ServiceError? {
    do {
      try await body()
      return nil
    } catch {
      return error as? ServiceError
    }
  }

  private func reach(_ count: Int, _ refusals: @Sendable () -> [ServiceError]) async {
    while refusals().count < count { await Task.yield() }
  }

  @Test(arguments: cases) func onlyThePeerOfTheRightRoleIsTaken(_ wrong: Case) async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    try await withListener(certificates, at: wrong.host) { listener, refusals in
      let caller = NNGTransport(clock: SystemClock(), credentials: try wrong.caller(certificates))
      let error = try #require(await failure { _ = try await caller.connect(to: listener.address) })
      await caller.close()
      // Where the other side refuses, its reason may be lost with the connection.
      #expect(error.code == .unauthenticated || error.code == .unavailable && wrong.callerSays == Self.refusesUs)
      #expect(error.message.contains(wrong.callerSays) && error.message.contains("\(listener.address)"), "\(error)")
      await reach(1, refusals)
      #expect(refusals()[0].message.contains(wrong.listenerSays), "\(refusals())")
      guard wrong.host == "127.0.0.1" else { return }
      _ = try certificates.directory.renew(hosts: [], days: 1, at: Date())
      try await expectTaken(certificates, by: listener)
    }
  }

  @Test func aPeerWithoutACertificateIsRefused() async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    try await withListener(certificates) { listener, refusals in
      let address = listener.address
      let code = await BlockingThread.run { bareHandshake(with: address) }
      #expect(code != 0)
      await reach(1, refusals)
      #expect(refusals()[0].code == .unauthenticated)
      #expect(refusals()[0].message.contains("its certificate is missing"), "\(refusals())")
      try await expectTaken(certificates, by: listener)
    }
  }

  @Test func handshakesThatStallAreGivenUpAndTakeNoConnectionsPlace() async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    var limits = TransportLimits()
    limits.handshakeTimeout = .milliseconds(100)
    limits.handshakeCount = 2
    try await withListener(certificates, limits) { listener, refusals in
      let address = listener.address
      let silent = try (0..<3).map { _ in try #require(SharedPeer(to: address)) }
      await reach(3, refusals)
      #expect(refusals().count(where: { $0.message.contains("handshake stalled") }) == 2)
      #expect(refusals().count(where: { $0.code == .overloaded }) == 1)
      for peer in silent { #expect(await BlockingThread.run { peer.isClosedByPeer }) }
      // On a busy machine an honest handshake may take longer than that, too.
      while await failure(of: { try await expectTaken(certificates, by: listener) }) != nil {}
    }
  }

  @Test func aServerThatNeverAnswersIsGivenUp() async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    var limits = TransportLimits()
    limits.handshakeTimeout = .milliseconds(100)
    let plain = NNGTransport(clock: SystemClock())
    let mute = try await plain.listen(at: Address("tcp://127.0.0.1:0"))
    let caller = NNGTransport(
      clock: SystemClock(), limits: limits, credentials: try certificates.credentials(of: .gateway))
    let address = try Address("tls+\(mute.address)")
    let error = try #require(await failure { _ = try await caller.connect(to: address) })
    // It speaks frames and no TLS: what it makes of the first bytes is its own affair.
    #expect(error.message.contains("handshake") && error.message.contains("\(address)"), "\(error)")
    await caller.close()
    await plain.close()
  }

  @Test func garbageAndHalfOpenHandshakesDoNotEndAccepting() async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    /// The beginning of a handshake: a record of 256 bytes is announced, and some of a greeting follows.
    let beginning: [UInt8] = [22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3]
    try await withListener(certificates) { listener, refusals in
      let address = listener.address
      for round in 0..<200 {
        await BlockingThread.run {
          let peer = RawPeer(to: address)
          switch round % 4 {
          case 0: peer?.write(HostilePeerTests.garbage[0])
          case 1: peer?.write(beginning)
          case 2: peer?.write([UInt8](repeating: UInt8(truncatingIfNeeded: round), count: 4096))
          default: break
          }
          peer?.reset()
        }
      }
      await reach(200, refusals)
      try await expectTaken(certificates, by: listener)
    }
  }

  @Test func withoutADirectoryTLSIsRefusedByName() async throws {
    let transport = NNGTransport(clock: SystemClock())
    let address = try Address("tls+tcp://127.0.0.1:0")
    for error in [
      await failure { _ = try await transport.listen(at: address) },
      await failure { _ = try await transport.connect(to: address) },
    ] {
      #expect(error?.message.contains("--tls-directory") == true)
    }
  }
}

/// A raw peer that tasks may share.
private final class SharedPeer: Sendable {
  private let peer: RawPeer
  init?(to address: Address) {
    guard let peer = RawPeer(to: address) else { return nil }
    self.peer = peer
  }
  var isClosedByPeer: Bool { peer.isClosedByPeer() }
}

/// Shakes hands without a certificate and without looking at the other's; nng's result.
private func bareHandshake(with address: Address) -> Int32 {
  var configuration: OpaquePointer?
  nng_tls_config_alloc(&configuration, NNG_TLS_MODE_CLIENT)
  nng_tls_config_auth_mode(configuration, NNG_TLS_AUTH_MODE_NONE)
  var dialer: OpaquePointer?
  var operation: OpaquePointer?
  nng_stream_dialer_alloc(&dialer, "\(address)")
  nng_stream_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, UnsafeMutableRawPointer(configuration))
  nng_aio_alloc(&operation, nil, nil)
  nng_stream_dialer_dial(dialer, operation)
  nng_aio_wait(operation)
  let stream = nng_aio_get_output(operation, 0).map { OpaquePointer($0) }
  var words = Array("llava/1\n".utf8)
  words.withUnsafeMutableBytes { bytes in
    var vector = nng_iov(iov_buf: bytes.baseAddress, iov_len: bytes.count)
    nng_aio_set_iov(operation, 1, &vector)
    nng_stream_send(stream, operation)
    nng_aio_wait(operation)
  }
  let code = nng_aio_result(operation)
  nng_stream_free(stream)
  nng_aio_free(operation)
  nng_stream_dialer_free(dialer)
  nng_tls_config_free(configuration)
  return code
}
