import Concurrency
import Foundation
import RPC
import TLSTransport
import TestSupport
import Testing

/// Who is taken over TLS, and what is said of the others.
@Suite(.timeLimit(.minutes(10))) struct CertificateTests {
  /// What goes wrong, and who says what about it.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// What the side that calls has; it calls a worker.
    var caller: @Sendable (TestCertificates) throws -> TLSCredentials
    var host = "127.0.0.1"
    /// In the caller's error.
    var callerSays: String
    /// In the listener's; nothing where the caller goes once they have shaken hands.
    var listenerSays: String?
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
      callerSays: "for another host"),
    Case(
      testDescription: "expired",
      caller: { ours in
        let past = Date(timeIntervalSinceNow: -40 * 86400)
        _ = try ours.directory.renew(hosts: [], days: 10, at: past)
        return try ours.directory.tlsDirectory(of: .gateway).credentials(at: past)
      }, callerSays: refusesUs, listenerSays: "expired"),
  ]

  @Test(arguments: cases) func onlyThePeerOfTheRightRoleIsTaken(_ wrong: Case) async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    try await withListener(certificates, at: wrong.host) { listener, refusals in
      let caller = TLSTransport(
        clock: SystemClock(), limits: .patient, credentials: try wrong.caller(certificates))
      let error = try #require(await failure { _ = try await caller.connect(to: listener.address) })
      await caller.close()
      // Where the other side refuses, its reason may be lost with the connection.
      #expect(error.code == .unauthenticated || error.code == .unavailable && wrong.callerSays == Self.refusesUs)
      #expect(error.message.contains(wrong.callerSays) && error.message.contains("\(listener.address)"), "\(error)")
      if let said = wrong.listenerSays {
        await reach(1, refusals)
        #expect(refusals()[0].message.contains(said), "\(refusals())")
      } else {
        #expect(try await #require(await listener.accept()).receive() == nil, "it hears nothing of a caller who goes")
      }
      guard wrong.host == "127.0.0.1" else { return }
      _ = try certificates.directory.renew(hosts: [], days: 1, at: Date())
      try await expectTaken(certificates, by: listener)
    }
  }

  @Test func aPeerWithoutACertificateIsRefused() async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    try await withListener(certificates) { listener, refusals in
      let peer = try await TLSPeer.connect(to: listener.address, nil)
      peer.write(Frame(.ping).pieces.flatMap { $0 })
      #expect(await peer.heard.take() == nil, "it is not spoken to")
      await reach(1, refusals)
      #expect(refusals()[0].code == .unauthenticated)
      #expect(refusals()[0].message.contains("its certificate is missing"), "\(refusals())")
      try await expectTaken(certificates, by: listener)
    }
  }

  @Test func anOlderTLSIsRefused() async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    try await withListener(certificates) { listener, refusals in
      let credentials = try certificates.credentials(of: .gateway)
      let peer = try await TLSPeer.connect(to: listener.address, credentials, upTo: .tlsv12)
      #expect(await peer.heard.take() == nil, "it is not spoken to")
      await reach(1, refusals)
      #expect(refusals()[0].message.contains("UNSUPPORTED_PROTOCOL"), "\(refusals())")
      try await expectTaken(certificates, by: listener)
    }
  }

  @Test(arguments: ["127.0.0.1", "localhost"]) func aServiceIsKnownByItsNumberAndByItsName(_ host: String) async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    try await withListener(certificates) { listener, _ in
      let caller = TLSTransport(
        clock: SystemClock(), limits: .patient, credentials: try certificates.credentials(of: .gateway))
      let port = try #require(listener.address.rest.split(separator: ":").last)
      let client = try await caller.connect(to: Address("tls+tcp://\(host):\(port)"))
      let server = try #require(await listener.accept())
      #expect(server.peer.hasPrefix("tls+tcp://127.0.0.1:") && client.peer.hasPrefix("tls+tcp://\(host):"))
      await caller.close()
    }
  }

  @Test func handshakesThatStallAreGivenUp() async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    var limits = TransportLimits.patient
    limits.handshakeTimeout = .milliseconds(100)
    try await withListener(certificates, limits) { listener, refusals in
      let address = listener.address
      let silent = try [[], beginning].map { try #require(SharedPeer(to: address, saying: $0)) }
      await reach(2, refusals)
      #expect(refusals().allSatisfy { $0.code == .unavailable && $0.message.contains("handshake stalled") })
      for peer in silent { #expect(await BlockingThread.run { peer.isClosedByPeer }) }
      // On a busy machine an honest handshake may take longer than that, too.
      while await failure(of: { try await expectTaken(certificates, by: listener) }) != nil {}
    }
  }

  @Test func onlySoManyPeersMayBeWithinTheHandshake() async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    var limits = TransportLimits.patient
    limits.handshakeCount = 2
    try await withListener(certificates, limits) { listener, refusals in
      do {
        let silent = try (0..<3).map { _ in try #require(SharedPeer(to: listener.address, saying: beginning)) }
        await reach(1, refusals)
        #expect(refusals()[0].code == .overloaded, "\(refusals())")
        let client = TLSTransport(
          clock: SystemClock(), limits: .patient, credentials: try certificates.credentials(of: .gateway))
        #expect(await failure { _ = try await client.connect(to: listener.address) } != nil)
        await client.close()
        extendLifetime(silent)  // they go here, and no sooner
      }
      await reach(4, refusals)
      try await expectTaken(certificates, by: listener)
    }
  }

  @Test func aServerThatNeverAnswersIsGivenUp() async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    var limits = TransportLimits.patient
    limits.handshakeTimeout = .milliseconds(100)
    let mute = RawPeer(silentAt: try Address("tcp://127.0.0.1:0"))
    let caller = TLSTransport(
      clock: SystemClock(), limits: limits, credentials: try certificates.credentials(of: .gateway))
    let address = try Address("tls+tcp://127.0.0.1:\(mute.port)")
    let error = try #require(await failure { _ = try await caller.connect(to: address) })
    #expect(error.code == .unavailable)
    #expect(error.message.contains("handshake stalled") && error.message.contains("\(address)"), "\(error)")
    #expect(mute.port > 0, "it was there all the time")
    await caller.close()
  }

  @Test func withoutADirectoryTLSIsRefusedByName() async throws {
    let transport = TLSTransport(clock: SystemClock())
    let address = try Address("tls+tcp://127.0.0.1:0")
    for error in [
      await failure { _ = try await transport.listen(at: address) },
      await failure { _ = try await transport.connect(to: address) },
    ] {
      #expect(error?.message.contains("--tls-directory") == true)
    }
  }
}

/// The beginning of a handshake: a record of 256 bytes is announced, and some of a greeting follows.
let beginning: [UInt8] = [22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3]

/// A raw peer that tasks may share.
private final class SharedPeer: Sendable {
  private let peer: RawPeer

  init?(to address: Address, saying bytes: [UInt8]) {
    guard let peer = RawPeer(to: address) else { return nil }
    peer.write(bytes)
    self.peer = peer
  }

  var isClosedByPeer: Bool { peer.isClosedByPeer() }
}
