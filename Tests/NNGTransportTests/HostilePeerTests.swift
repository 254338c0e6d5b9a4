import Concurrency
import NNGTransport
import RPC
import TestSupport
import Testing

/// Peers that speak garbage, or nothing, or connect and go: they end their own connection and no other.
@Suite(.timeLimit(.minutes(10)))
struct HostilePeerTests {
  private let transport = NNGTransport(clock: SystemClock())

  @Test(arguments: [Address.Scheme.ipc, .tcp]) func garbageEndsItsOwnLinkOnly(_ scheme: Address.Scheme) async throws {
    let listener = try await transport.listen(at: freshAddress(scheme))
    let client = try await transport.connect(to: listener.address)
    let server = try #require(await listener.accept())
    for bytes in Garbage.frames {
      let address = listener.address
      async let isClosed = BlockingThread.run {
        guard let peer = RawPeer(to: address) else { return false }
        peer.write(bytes)
        return peer.isClosedByPeer()
      }
      let hostile = try #require(await listener.accept())
      #expect(await hostile.receive() == nil, "\(bytes.prefix(20))")
      #expect(await isClosed, "\(bytes.prefix(20))")
    }
    client.send(Frame(.ping))
    #expect(await server.receive()?.kind == .ping)
    await listener.close()
    await transport.close()
    #expect(transport.liveMessageCount == 0)
  }

  @Test(arguments: [Address.Scheme.ipc, .tcp]) func peersThatComeAndGoDoNotEndAccepting(
    _ scheme: Address.Scheme
  ) async throws {
    let listener = try await transport.listen(at: freshAddress(scheme))
    for _ in 0..<100 {
      let address = listener.address
      await BlockingThread.run { _ = RawPeer(to: address) }
      let passerby = try #require(await listener.accept())
      #expect(await passerby.receive() == nil)
    }
    let client = try await transport.connect(to: listener.address)
    client.send(Frame(.ping))
    #expect(await listener.accept()?.receive()?.kind == .ping)
    await listener.close()
    await transport.close()
  }

  @Test(arguments: [Address.Scheme.ipc, .tcp]) func aPeersLastWordsArrive(_ scheme: Address.Scheme) async throws {
    let listener = try await transport.listen(at: freshAddress(scheme))
    let address = listener.address
    for _ in 0..<200 {
      var peer = RawPeer(to: address)
      let server = try #require(await listener.accept())
      peer?.write([16, 0, 0, 0, 0, 0, 0, 0] + Frame(.goAway).header)
      peer = nil
      #expect(await server.receive()?.kind == .goAway)
      #expect(await server.receive() == nil)
    }
    await listener.close()
    await transport.close()
  }

  /// With nng's protocol sockets this blocked every later close of the process, after some dozen attempts.
  @Test(arguments: plainSchemes) func aLinkCanBeClosedWhileItReceives(_ scheme: Address.Scheme) async throws {
    let listener = try await transport.listen(at: freshAddress(scheme))
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
