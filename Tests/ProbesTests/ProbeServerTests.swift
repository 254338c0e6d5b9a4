import Concurrency
import Glibc
import Testing

@testable import Probes

/// Over real sockets.
struct ProbeServerTests {
  private func with(_ probes: Probes, _ body: (ProbeAddress) async throws -> Void) async throws {
    let server = try await ProbeServer(showing: probes, at: ProbeAddress(host: "127.0.0.1", port: 0))
    try await body(server.address)
    await server.close()
  }

  private func get(_ path: String, _ address: ProbeAddress) async -> String {
    await RawRequest("GET \(path) HTTP/1.1\r\nHost: \(address)\r\n\r\n", at: address.port).answer()
  }

  @Test func probesSayWhatHoldsFromStartToEnd() async throws {
    let probes = Probes(of: "llava-test", version: "1.2")
    try await with(probes) { address in
      #expect(await get("/healthz", address).hasPrefix("HTTP/1.1 200"))
      let starting = await get("/readyz", address)
      #expect(starting.hasPrefix("HTTP/1.1 503") && starting.contains("starting"))
      probes.warmed()
      #expect(await get("/readyz", address).hasPrefix("HTTP/1.1 200"))
      let metrics = await get("/metrics", address)
      #expect(metrics.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
      #expect(metrics.contains(#"llava_build_info{program="llava-test",version="1.2"} 1"#))
      probes.stop()
      #expect(await get("/readyz", address).hasSuffix("stopping\n"))
      #expect(await get("/healthz", address).hasPrefix("HTTP/1.1 200"))
    }
  }

  /// A process that computes is not dead: what answers has a thread of its own.
  @Test func aProcessWhoseTasksAreAllBusyIsAlive() async throws {
    try await with(Probes(of: "llava-test", version: "1")) { address in
      let isDone = Lock(false)
      let port = address.port
      let answer = await withTaskGroup(of: Void.self) { group in
        // More tasks than there are threads for tasks, none of which ever gives its thread up.
        for _ in 0..<256 { group.addTask { while !isDone.withLock({ $0 }) { sched_yield() } } }
        return await withCheckedContinuation { continuation in
          BlockingThread.start {
            let answer = RawRequest("GET /healthz HTTP/1.1\r\n\r\n", at: port).blockingAnswer()
            isDone.withLock { $0 = true }
            continuation.resume(returning: answer)
          }
        }
      }
      #expect(answer.hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test func aConnectionTooManyIsClosedAndTheOthersAreServed() async throws {
    try await with(Probes(of: "llava-test", version: "1")) { address in
      let held = (0..<Limits.connectionCount).map { _ in RawRequest("GET /healthz", at: address.port) }
      // Served in the order in which they came: once this one is refused, all before it are in.
      let refused = await get("/healthz", address)
      #expect(refused.isEmpty)
      for request in held {
        request.send(" HTTP/1.1\r\n\r\n")
        #expect(await request.answer().hasPrefix("HTTP/1.1 200"))
      }
      while await get("/healthz", address) == "" {}
    }
  }

  @Test func aMegabyteOfHeadersIsRefusedWithAnAnswer() async throws {
    try await with(Probes(of: "llava-test", version: "1")) { address in
      let request = RawRequest("GET /healthz HTTP/1.1\r\nX: " + String(repeating: "a", count: 1 << 20), at: address.port)
      #expect(await request.answer().hasPrefix("HTTP/1.1 431"))
    }
  }

  @Test func anAddressThatIsTakenIsAnErrorThatNamesIt() async throws {
    try await with(Probes(of: "llava-test", version: "1")) { address in
      do throws(ProbeError) {
        _ = try await ProbeServer(showing: Probes(of: "other", version: "1"), at: address)
        Issue.record("two servers listen at \(address)")
      } catch {
        #expect(error.message.contains("metrics at \(address)"))
      }
    }
  }
}

/// One connection to this machine, on which these bytes are sent.
final class RawRequest: Sendable {
  private let descriptor: Int32

  init(_ text: String, at port: Int) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
    }
    precondition(status == 0, "cannot connect to port \(port): \(errno)")
    send(text)
  }

  deinit { close(descriptor) }

  /// Ends quietly where the other side is gone.
  func send(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = Glibc.send(descriptor, Array(rest), rest.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Everything until the other side ends.
  func blockingAnswer() -> String {
    var answer: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while case let count = recv(descriptor, &piece, piece.count, 0), count > 0 { answer += piece[..<count] }
    return String(decoding: answer, as: UTF8.self)
  }

  func answer() async -> String { await BlockingThread.run { self.blockingAnswer() } }
}
