import Concurrency
import NNGTransport
import RPC
import Testing

struct MeteredTransportTests {
  @Test func everyFrameIsCountedOnceOnEachSide() async throws {
    let transport = MeteredTransport(NNGTransport(clock: SystemClock()))
    let address = try Address("inproc://metered")
    let listener = try await transport.listen(at: address)
    #expect(transport.traffic == Traffic())
    do {
      let client = try await transport.connect(to: address)
      let server = try #require(await listener.accept())
      let frame = Frame(.item, call: 1, message: [1, 2, 3], attachment: [4])
      for _ in 0..<3 { client.send(frame) }
      for _ in 0..<2 { #expect(await server.receive() == frame) }
      let traffic = transport.traffic
      #expect(traffic.sentFrameCount == 3 && traffic.sentByteCount == 3 * frame.byteCount)
      #expect(traffic.receivedFrameCount == 2 && traffic.receivedByteCount == 2 * frame.byteCount)
      #expect(traffic.linkCount == 2)
      client.close()
      server.close()
    }
    #expect(transport.traffic.linkCount == 0, "both ends have gone")
    await listener.close()
  }
}
