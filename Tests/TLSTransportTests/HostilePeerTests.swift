import Concurrency
import RPC
import TLSTransport
import TestSupport
import Testing

/// Peers that speak garbage, or nothing, or connect and go, before the handshake, within it or after it: they end their
/// own connection and no other.
@Suite(.timeLimit(.minutes(10))) struct HostilePeerTests {
  /// Runs `body` with a listener that has an honest link throughout.
  private func withHonestLink(
    _ body: (TestCertificates, any Listener, @escaping @Sendable () -> [ServiceError]) async throws -> Void
  ) async throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    try await withListener(certificates) { listener, refusals in
      let caller = TLSTransport(
        clock: SystemClock(), limits: .patient, credentials: try certificates.credentials(of: .gateway))
      let client = try await caller.connect(to: listener.address)
      let server = try #require(await listener.accept())
      try await body(certificates, listener, refusals)
      client.send(Frame(.ping))
      #expect(await server.receive()?.kind == .ping)
      try await expectTaken(certificates, by: listener)
      await caller.close()
      #expect(caller.liveMessageCount == 0)
    }
  }

  @Test func garbageAndHalfOpenHandshakesDoNotEndAccepting() async throws {
    try await withHonestLink { _, listener, refusals in
      let address = listener.address
      for round in 0..<200 {
        await BlockingThread.run {
          let peer = RawPeer(to: address)
          switch round % 4 {
          case 0: peer?.write(Garbage.frames[0])
          case 1: peer?.write(beginning)
          case 2: peer?.write([UInt8](repeating: UInt8(truncatingIfNeeded: round), count: 4096))
          default: break
          }
          if round % 8 < 4 { peer?.reset() }
        }
      }
      await reach(200, refusals)
    }
  }

  @Test func garbageAfterTheHandshakeEndsItsOwnLinkOnly() async throws {
    try await withHonestLink { certificates, listener, _ in
      for bytes in Garbage.frames {
        let peer = try await TLSPeer.connect(to: listener.address, certificates.credentials(of: .gateway))
        peer.write(bytes)
        let hostile = try #require(await listener.accept())
        #expect(await hostile.receive() == nil, "\(bytes.prefix(20))")
        await peer.closed()
      }
    }
  }

  /// A greeting, a certificate and a frame are some 2,500 bytes, of which each of these sends some more.
  @Test(arguments: [false, true]) func aPeerMayGoAtAnyByte(_ isReset: Bool) async throws {
    try await withHonestLink { certificates, listener, refusals in
      let credentials = try certificates.credentials(of: .gateway)
      let counts = Array(stride(from: 0, to: 3000, by: 25))
      let endedCount = Lock(0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          while let link = await listener.accept() {
            while let frame = await link.receive() { #expect(frame == Self.frame) }
            endedCount.withLock { $0 += 1 }
          }
        }
        for (index, count) in counts.enumerated() {
          let peer = try await TLSPeer.connect(
            to: listener.address, credentials, breaking: .init(byteCount: count, isReset: isReset))
          if await peer.heard.take() != nil {  // it has got through the handshake
            peer.write(Self.frame.pieces.flatMap { $0 })
            peer.close()
          }
          await peer.closed()
          while refusals().count + endedCount.withLock({ $0 }) <= index { await Task.yield() }
        }
        group.cancelAll()
      }
      #expect(refusals().count > 40 && endedCount.withLock { $0 } > 20, "within the handshake, and after it")
    }
  }

  private static let frame = Frame(.item, call: 1, message: [UInt8](repeating: 3, count: 600))

  @Test(arguments: [true, false]) func aPeersLastWordsArrive(_ isOrderly: Bool) async throws {
    try await withHonestLink { certificates, listener, _ in
      let credentials = try certificates.credentials(of: .gateway)
      for _ in 0..<100 {
        let peer = try await TLSPeer.connect(to: listener.address, credentials)
        let server = try #require(await listener.accept())
        _ = await peer.heard.take()  // what it has not heard when it goes would reset the connection
        peer.write(Self.frame.pieces.flatMap { $0 } + Frame(.goAway).pieces.flatMap { $0 })
        if isOrderly { peer.close() } else { peer.cut() }
        #expect(await server.receive() == Self.frame)
        #expect(await server.receive()?.kind == .goAway)
        #expect(await server.receive() == nil)
      }
    }
  }

  @Test func moreFramesThanAnInboxHoldsEndTheLink() async throws {
    try await withHonestLink { certificates, listener, _ in
      let peer = try await TLSPeer.connect(to: listener.address, certificates.credentials(of: .gateway))
      let server = try #require(await listener.accept())
      let bytes = Frame(.ping).pieces.flatMap { $0 }
      peer.write((0..<TransportLimits.inboxFrameCount + 1).flatMap { _ in bytes })
      await peer.closed()
      var count = 0
      while await server.receive() != nil { count += 1 }
      #expect(count == TransportLimits.inboxFrameCount)
    }
  }

  @Test func aLinkCanBeClosedWhileItReceives() async throws {
    let transport = try TLSTransport.own()
    let listener = try await transport.listen(at: freshAddress(.tls))
    let large = Frame(.item, attachment: Array(repeating: 7, count: 1 << 20))
    for _ in 0..<100 {
      let client = try await transport.connect(to: listener.address)
      let server = try #require(await listener.accept())
      for _ in 0..<8 { client.send(large) }
      #expect(await server.receive() == large)
      server.close()
      while await client.receive() != nil {}
    }
    await listener.close()
    await transport.close()
    #expect(transport.liveMessageCount == 0)
  }
}
