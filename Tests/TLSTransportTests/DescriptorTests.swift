import Concurrency
import Foundation
import RPC
import TLSTransport
import TestSupport
import Testing

/// Alone in processes of their own, since descriptors are counted, and used up.
struct DescriptorTests {
  private struct Echo: CallHandler {
    func answer(_ call: IncomingCall) async throws { try await call.send(call.item) }
  }

  private static var descriptorCount: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? -1
  }

  /// A channel, a call, the end of both; many times, and as many peers that are gone before they are greeted.
  private static func use(times: Int) async throws {
    let transport = try TLSTransport.own()
    let server = Server(clock: SystemClock(), hello: { [] }, greet: { _ in }, handler: Echo())
    let listener = try await transport.listen(at: freshAddress(.tls))
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

  /// Every descriptor that this process may have is in use for a while; who comes meanwhile is taken afterwards.
  private static func runOut() async throws {
    var limit = rlimit(rlim_cur: 256, rlim_max: 256)
    precondition(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
    let refusals = Lock<[ServiceError]>([])
    let transport = TLSTransport(
      clock: SystemClock(), limits: .patient, credentials: try TestCertificates.once()
    ) { error in refusals.withLock { $0.append(error) } }
    let listener = try await transport.listen(at: freshAddress(.tls))
    let there = (try await transport.connect(to: listener.address), await listener.accept())
    let address = listener.address
    let fillers = Lock<[Int32]>([])
    // Leaves one for the side that connects.
    let fill = { @Sendable in
      fillers.withLock { fillers in
        while case let filler = open("/dev/null", O_RDONLY), filler >= 0 { fillers.append(filler) }
        close(fillers.removeLast())
      }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        while true {
          if refusals.withLock({ $0.isEmpty }) { fill() }
          // Somebody else in this process may have taken the one.
          guard let link = try? await transport.connect(to: address) else { continue }
          return link.send(Frame(.ping))
        }
      }
      while refusals.withLock({ $0.isEmpty }) { await Task.yield() }
      fillers.withLock { for filler in $0 { close(filler) } }
      let next = await listener.accept()
      precondition(next != nil)
      try await group.waitForAll()
    }
    extendLifetime(there)  // what closes meanwhile would leave a descriptor
    let message = refusals.withLock { $0[0].message }
    precondition(message.contains("the limit on open files is reached"), message)
    await transport.close()
  }

  @Test func aThousandCallsLeaveNoDescriptorAndNoMessage() async {
    await #expect(processExitsWith: .success) {
      try await Self.use(times: 1)  // the first brings some that stay
      let before = Self.descriptorCount
      try await Self.use(times: 1000)
      let after = Self.descriptorCount
      precondition(after <= before, "\(after) descriptors, \(before) before")
    }
  }

  @Test func wantOfDescriptorsDoesNotEndAccepting() async {
    await #expect(processExitsWith: .success) { try await Self.runOut() }
  }
}
