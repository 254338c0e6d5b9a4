import Concurrency
import Foundation
import NNGTransport
import RPC
import TestSupport
import Testing

/// Alone in a process of its own, since descriptors are counted.
struct DescriptorTests {
  private struct Echo: CallHandler {
    func answer(_ call: IncomingCall) async throws { try await call.send(call.item) }
  }

  private static var descriptorCount: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? -1
  }

  /// A channel, a call, the end of both; a thousand times, and a thousand peers that are gone before they are greeted.
  private static func use(_ scheme: Address.Scheme, times: Int) async throws {
    let transport = NNGTransport(clock: SystemClock())
    let server = Server(clock: SystemClock(), hello: { [] }, greet: { _ in }, handler: Echo())
    let listener = try await transport.listen(at: freshAddress(scheme))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await server.run(on: listener) }
      defer { group.cancelAll() }
      for _ in 0..<times {
        let channel = Channel(
          to: listener.address, over: transport, clock: SystemClock(), hello: { [] }, greet: { _ in })
        async let _: Void = channel.run()
        try await channel.opened()
        let request = Request(method: 1, item: Item([1], attachment: [2]), trace: TraceID(high: 0, low: 0))
        let item = try await channel.unary(request)
        precondition(item == request.item)
        try await transport.connect(to: listener.address).close()
      }
    }
    await transport.close()
    precondition(transport.liveMessageCount == 0, "\(transport.liveMessageCount) messages")
  }

  static func usesNoDescriptors(_ scheme: Address.Scheme) async throws {
    try await use(scheme, times: 1)  // nng's own threads and their descriptors come with the first
    let before = descriptorCount
    try await use(scheme, times: 1000)
    // nng's reaper closes the last of them a moment after it has let go of them.
    let end = SystemClock().now + .seconds(20)
    while descriptorCount > before, SystemClock().now < end { await Task.yield() }
    precondition(descriptorCount <= before, "\(descriptorCount) descriptors, \(before) before")
  }

  @Test func aThousandCallsOverIPCLeaveNoDescriptorAndNoMessage() async {
    await #expect(processExitsWith: .success) { try await DescriptorTests.usesNoDescriptors(.ipc) }
  }

  @Test func aThousandCallsOverTCPLeaveNoDescriptorAndNoMessage() async {
    await #expect(processExitsWith: .success) { try await DescriptorTests.usesNoDescriptors(.tcp) }
  }
}
