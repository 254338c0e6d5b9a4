import Concurrency
import Glibc
import TestSupport
import Testing

@testable import Probes

/// Over real sockets.
struct ProbeServerTests {
  private func with(_ probes: Probes, _ body: (ProbeAddress) async throws -> Void) async throws {
    // However slow this machine is at the moment, no connection ends for want of time.
    var limits = Limits()
    limits.connectionTime = .seconds(3600)
    let server = try await ProbeServer(showing: probes, at: ProbeAddress(host: "127.0.0.1", port: 0), within: limits)
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
      let held = (0..<Limits().connectionCount).map { _ in RawRequest("GET /healthz", at: address.port) }
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
      let request = RawRequest(
        "GET /healthz HTTP/1.1\r\nX: " + String(repeating: "a", count: 1 << 20), at: address.port)
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
