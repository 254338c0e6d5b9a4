import Clusters
import Contracts
import Foundation
import Programs
import RPC
import Testing

/// Vision workers that `llava serve` starts and stops, as a user asks for them.
@Suite(.serialized) struct ScaleProcessTests {
  private func serving(_ body: @escaping @Sendable (Processes, Client) async throws -> Void) async throws {
    let processes = Processes()
    try processes.start(
      "gateway", "llava",
      [
        "serve", "--model", TestModel.demo, "--threads", "1", "--kv-memory", "512MiB", "--listen",
        processes.address("gateway"), "--feature-cache-bytes", "0B",
      ])
    do {
      try await processes.withClient(workerCount: 2) { client in try await body(processes, client) }
    } catch {
      try await processes.stop()
      throw error
    }
    try await processes.stop()
  }

  /// The addresses of ready vision workers, once there are so many.
  private func vision(_ count: Int, _ client: Client) async throws -> [String] {
    while true {
      let ready = try await client.status().workers.filter { $0.role == .vision && $0.state == "ready" }
      if ready.count == count { return ready.map(\.address) }
      try Task.checkCancellation()
    }
  }

  /// The processes that serve at an address.
  private func identifiers(servingAt address: String) -> [Int32] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { Int32($0) }.filter { identifier in
      guard let line = FileManager.default.contents(atPath: "/proc/\(identifier)/cmdline") else { return false }
      return String(decoding: line, as: UTF8.self).split(separator: "\0").contains { $0 == address }
    }
  }

  private func scale(to count: Int, _ client: Client) async throws -> [String] {
    try await client.gateway.scale(
      ScaleRequest(role: .vision, count: count, threadCount: 1), in: CallContext(trace: TraceID(high: 0, low: 0))
    ).workers
  }

  @Test func workersComeAreStartedAgainAndGo() async throws {
    try await serving { processes, client in
      let wanted = try await scale(to: 3, client)
      #expect(wanted.count == 3)
      let addresses = try await vision(3, client)
      #expect(Set(addresses) == Set(wanted))
      let child = try #require(identifiers(servingAt: wanted[2]).first)
      kill(child, SIGKILL)
      // Its successor has the same address, and another number.
      while identifiers(servingAt: wanted[2]).allSatisfy({ $0 == child }) { try Task.checkCancellation() }
      _ = try await vision(3, client)
      let image = [UInt8](try Data(contentsOf: URL(fileURLWithPath: TestModel.demo + "/samples/02_640x480.jpg")))
      #expect(try await !client.ask("Describe the image.", image).isEmpty)
      #expect(try await scale(to: 1, client) == [wanted[0]])
      #expect(try await vision(1, client) == [wanted[0]])
      while wanted.dropFirst().contains(where: { !identifiers(servingAt: $0).isEmpty }) { try Task.checkCancellation() }
    }
  }

  @Test func workersEndWithWhoStartedThemHoweverThatEnds() async throws {
    for signal in [SIGTERM, SIGKILL] {
      try await serving { processes, client in
        let wanted = try await scale(to: 3, client)
        _ = try await vision(3, client)
        processes.signal("gateway", signal)
        _ = processes.status("gateway")
        while wanted.dropFirst().contains(where: { !identifiers(servingAt: $0).isEmpty }) {
          try Task.checkCancellation()
        }
      }
    }
  }

  @Test func aCountThatCannotBeIsAnError() async throws {
    try await serving { _, client in
      for (count, word) in [(0, "at least 1"), (40, "at most 32")] {
        let error = await #expect(throws: ServiceError.self) { _ = try await scale(to: count, client) }
        #expect(error?.message.contains(word) == true, "\(String(describing: error))")
      }
      let error = await #expect(throws: ServiceError.self) {
        _ = try await client.gateway.scale(
          ScaleRequest(role: .decoder, count: 2), in: CallContext(trace: TraceID(high: 0, low: 0)))
      }
      #expect(error?.code == .invalidRequest)
    }
  }
}
