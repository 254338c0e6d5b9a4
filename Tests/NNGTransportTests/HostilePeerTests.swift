import Concurrency
import NNGTransport
import RPC
import Testing

/// Peers that speak garbage, or nothing, or connect and go: they end their own connection and no other.
struct HostilePeerTests {
  /// Bytes that are a message of nng's and no frame of ours; the first four are nng's own header.
  static let garbage: [[UInt8]] = [
    [],
    [0x80, 0, 0],
    [0x80, 0, 0, 1],
    [0x80, 0, 0, 1] + Frame(.item).header.dropLast(),
    [0x80, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],  // version 2
    [0x80, 0, 0, 1, 1, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],  // kind 99
    [0x80, 0, 0, 1, 1, 3, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],  // a message of 4 GiB
    [0x80, 0, 0, 1, 1, 3, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0] + [UInt8](repeating: 0, count: 1 << 16 + 1),
  ]

  @Test(arguments: [Address.Scheme.ipc, .tcp]) func garbageEndsItsOwnLinkOnly(_ scheme: Address.Scheme) async throws {
    let transport = NNGTransport(clock: SystemClock())
    let listener = try await transport.listen(at: freshAddress(scheme))
    let client = try await transport.connect(to: listener.address)
    client.send(Frame(.hello))
    let server = try #require(await listener.accept())
    #expect(await server.receive()?.kind == .hello)
    for body in Self.garbage {
      let address = listener.address
      let isClosed = await BlockingThread.run {
        guard let peer = RawPeer(to: address) else { return false }
        peer.greet()
        peer.send(body, to: address)
        return peer.isClosedByPeer()
      }
      #expect(isClosed, "\(body.prefix(20))")
    }
    client.send(Frame(.ping))
    #expect(await server.receive()?.kind == .ping)
    await transport.close()
    await listener.close()
    #expect(transport.liveMessageCount == 0)
  }

  @Test(arguments: [Address.Scheme.ipc, .tcp]) func aForgedLengthIsNotAllocated(_ scheme: Address.Scheme) async throws {
    let transport = NNGTransport(clock: SystemClock())
    let listener = try await transport.listen(at: freshAddress(scheme))
    let address = listener.address
    let isClosed = await BlockingThread.run {
      guard let peer = RawPeer(to: address) else { return false }
      peer.greet()
      peer.write((scheme == .ipc ? [1] : []) + [0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
      return peer.isClosedByPeer()
    }
    #expect(isClosed)
    await listener.close()
  }

  /// nng issue 1518: after one `connect(); close();` an ipc listener of nng 1.5.2 accepts nobody any more.
  @Test func aListenerThatStoppedAcceptingListensAgain() async throws {
    var limits = TransportLimits()
    limits.watchInterval = .milliseconds(10)
    limits.watchPatience = .milliseconds(200)
    limits.connectTimeout = .milliseconds(400)
    let transport = NNGTransport(clock: SystemClock(), limits: limits)
    let listener = try #require(try await transport.listen(at: freshAddress(.ipc)) as? NNGListener)
    let address = listener.address
    let old = try await transport.connect(to: address)
    old.send(Frame(.hello))
    let oldServer = try #require(await listener.accept())
    #expect(await oldServer.receive()?.kind == .hello)

    for generation in 1...3 {
      while listener.relistenCount < generation {
        await withTaskGroup(of: Void.self) { group in
          group.addTask { _ = await listener.accept() }
          do { _ = RawPeer(to: address) }  // connects, and closes at once
          let client = try? await transport.connect(to: address)
          client?.close()
          group.cancelAll()
        }
      }
      async let echo: Void = {
        let server = await listener.accept()
        if let frame = await server?.receive() { server?.send(frame) }
        _ = await server?.receive()
      }()
      var answer: Frame?
      while answer == nil {  // a listener that is given up ends its links
        let client = try await transport.connect(to: address)
        client.send(Frame(.ping))
        answer = await client.receive()
      }
      await echo
    }
    #expect(listener.relistenCount >= 3)
    old.send(Frame(.pong))
    #expect(await oldServer.receive()?.kind == .pong, "the link from before stays")
    await listener.close()
    await transport.close()
  }

  @Test func aListenerThatAcceptsIsLeftAlone() async throws {
    var limits = TransportLimits()
    limits.watchInterval = .milliseconds(1)
    let transport = NNGTransport(clock: SystemClock(), limits: limits)
    for scheme in [Address.Scheme.ipc, .tcp] {
      let listener = try #require(try await transport.listen(at: freshAddress(scheme)) as? NNGListener)
      let client = try await transport.connect(to: listener.address)
      client.send(Frame(.hello))
      let server = try #require(await listener.accept())
      await withTaskGroup(of: Void.self) { group in
        group.addTask { _ = await listener.accept() }
        for _ in 0..<200 {
          let another = try? await transport.connect(to: listener.address)
          another?.close()
          client.send(Frame(.ping))
          #expect(await server.receive() != nil)
        }
        group.cancelAll()
      }
      #expect(listener.relistenCount == 0)
      await listener.close()
    }
    await transport.close()
  }
}
