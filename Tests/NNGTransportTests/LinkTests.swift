import Concurrency
import NNGTransport
import RPC
import TestSupport
import Testing

/// The schemes that this transport carries.
let plainSchemes: [Address.Scheme] = [.inproc, .ipc, .tcp]

struct LinkTests {
  @Test(arguments: plainSchemes) func framesCrossBothWaysUnchanged(_ scheme: Address.Scheme) async throws {
    let transport = NNGTransport(clock: SystemClock())
    let listener = try await transport.listen(at: freshAddress(scheme))
    let client = try await transport.connect(to: listener.address)
    let frame = Frame(
      .item, call: 0x7fff_ffff, value: 513, sequence: 7, message: [1, 2, 3],
      attachment: Array(repeating: 9, count: 1 << 20))
    client.send(frame)
    let server = try #require(await listener.accept())
    #expect(await server.receive() == frame)
    server.send(frame)
    #expect(await client.receive() == frame)
    client.close()
    #expect(await server.receive() == nil)
    #expect(await client.receive() == nil)
    await listener.close()
    await transport.close()
    #expect(transport.liveMessageCount == 0)
  }
}
