import Concurrency
import Foundation
import NNGTransport
import RPC
import TestSupport
import Testing

/// A fresh address of each scheme; ipc in a directory of its own under the temporary one.
func freshAddress(_ scheme: Address.Scheme) throws -> Address {
  let name = UUID().uuidString.prefix(8)
  return switch scheme {
  case .inproc: try Address("inproc://\(name)")
  case .ipc: try Address("ipc:///tmp/llava-test-\(name)/socket")
  case .tcp, .tls: try Address("\(scheme.rawValue)://127.0.0.1:0")
  }
}

struct LinkTests {
  @Test(arguments: Address.Scheme.allCases) func framesCrossBothWaysUnchanged(_ scheme: Address.Scheme) async throws {
    let transport = NNGTransport(clock: SystemClock(), credentials: try TestCertificates.once())
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
