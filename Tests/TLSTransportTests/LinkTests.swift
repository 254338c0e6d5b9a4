import Concurrency
import RPC
import TLSTransport
import TestSupport
import Testing

/// What crosses a link, and how links end.
@Suite(.timeLimit(.minutes(10))) struct LinkTests {
  /// Of every size about which a record, a buffer or the limit ends, and the largest.
  static let attachmentByteCounts = [
    0, 1, 16_364, 16_365, 32_736, 65_516, 1 << 20, Limits.frameByteCount - Frame.headerByteCount,
  ]

  @Test func framesOfEverySizeCrossBothWaysUnchanged() async throws {
    let transport = try TLSTransport.own()
    let listener = try await transport.listen(at: freshAddress(.tls))
    let client = try await transport.connect(to: listener.address)
    let server = try #require(await listener.accept())
    let frames = Self.attachmentByteCounts.map { count in
      Frame(
        .item, call: 0x7fff_ffff, value: 513, sequence: 7,
        attachment: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ count) })
    }
    for frame in frames {
      client.send(frame)
      server.send(frame)
    }
    for frame in frames {
      #expect(await server.receive() == frame, "\(frame.byteCount) bytes")
      #expect(await client.receive() == frame, "\(frame.byteCount) bytes")
    }
    client.close()
    #expect(await server.receive() == nil)
    #expect(await client.receive() == nil)
    await listener.close()
    await transport.close()
    #expect(transport.liveMessageCount == 0)
  }

  @Test func closingTheTransportEndsItsLinksListenersAndAttempts() async throws {
    let transport = try TLSTransport.own()
    let mute = RawPeer(silentAt: try Address("tcp://127.0.0.1:0"))
    let silent = try Address("tls+tcp://127.0.0.1:\(mute.port)")
    for _ in 0..<20 {
      let listener = try await transport.listen(at: freshAddress(.tls))
      let client = try await transport.connect(to: listener.address)
      let server = try #require(await listener.accept())
      let isOver = Lock(false)
      async let attempt: Void = {
        _ = await failure { _ = try await transport.connect(to: silent) }
        isOver.withLock { $0 = true }
      }()
      async let arrival = listener.accept()
      await transport.close()
      #expect(await arrival == nil)
      #expect(await client.receive() == nil)
      #expect(await server.receive() == nil)
      client.send(Frame(.ping))
      client.close()
      // The attempt may begin after the end, and then waits for the silent one until the next.
      while !isOver.withLock({ $0 }) { await transport.close() }
      await attempt
    }
    #expect(mute.port > 0, "it was there all the time")
  }

  @Test func aLinkEndsWithItsLastReference() async throws {
    let transport = try TLSTransport.own()
    let listener = try await transport.listen(at: freshAddress(.tls))
    var client: (any Link)? = try await transport.connect(to: listener.address)
    let server = try #require(await listener.accept())
    client?.send(Frame(.ping))
    #expect(await server.receive()?.kind == .ping)
    client = nil
    #expect(await server.receive() == nil)
    await transport.close()
  }
}
