import Clusters
import Concurrency
import Contracts
import Foundation
import Programs
import RPC
import Testing

/// `llava serve`, ended and started again.
@Suite(.serialized) struct ServeProcessTests {
  private func ask(_ client: Client) async throws -> AskFinished {
    let image = try Sample.image("02_640x480.jpg")
    let request = AskRequest(
      turns: [Turn(.user, [.image(0), .text(Sample.describe)])], imageByteCounts: [image.count], tokenLimit: 8)
    return try await client.gateway.ask(request, images: [image], in: client.context) { _ in }
  }

  /// Blocks of rows that are in its directory, once no more are being written.
  private func keptBlockCount(_ client: Client) async throws -> Int {
    while true {
      let decoder = try await client.status().workers.first { $0.role == .decoder }
      if decoder?.gauges["kv_blocks_referenced"] == 0, let count = decoder?.gauges["kv_blocks_kept"], count > 0 {
        return count
      }
    }
  }

  @Test func whatItHasReadOfAPictureOutlivesIt() async throws {
    let processes = Processes()
    try processes.start(
      "gateway", "llava",
      [
        "serve", "--model", TestModel.demo, "--threads", "1", "--kv-memory", "512MiB", "--listen",
        processes.address("gateway"), "--feature-cache-bytes", "0B", "--kv-directory", processes.path("rows"),
      ])
    let first = try await processes.withClient(workerCount: 2) { client in
      let finished = try await ask(client)
      _ = try await keptBlockCount(client)
      return finished
    }
    #expect(first.images[0].source == .encoded)
    processes.signal("gateway", SIGTERM)
    #expect(await BlockingThread.run { processes.status("gateway") } == 0)
    try processes.restart("gateway")
    let again = try await processes.withClient(workerCount: 2) { try await ask($0) }
    #expect(again.images[0].source == .decoder)
    #expect(again.finished.usage.cachedTokens >= 576)
    try await processes.stop()
  }
}
