import Clusters
import Contracts
import Foundation
import Programs
import RPC
import Testing

/// A gateway that reads its configuration again, and drains, while it answers.
@Suite(.serialized) struct ReloadProcessTests {
  /// Two vision workers and a decoder; the gateway's file names the first worker only.
  private func running(_ body: @escaping @Sendable (Processes, Client) async throws -> Void) async throws {
    let processes = Processes()
    do {
      try processes.startWorkers(visionCount: 2)
      try write([0], for: processes)
      try processes.start(
        "gateway", "llava-gateway",
        [
          "--config", processes.path("gateway.yaml"), "--decoder", processes.address("decoder"), "--listen",
          processes.address("gateway"), "--feature-cache-bytes", "0B",
        ])
      try await processes.withClient(workerCount: 2) { client in try await body(processes, client) }
    } catch {
      try await processes.stop()
      throw error
    }
    try await processes.stop()
  }

  private func write(_ workers: [Int], and rest: String = "", for processes: Processes) throws {
    let list = workers.map { processes.address("vision-\($0)") }.joined(separator: ", ")
    try "vision: [\(list)]\n\(rest)".write(toFile: processes.path("gateway.yaml"), atomically: true, encoding: .utf8)
  }

  private func vision(_ client: Client) async throws -> [String] {
    try await client.status().workers.filter { $0.role == .vision }.map(\.address)
  }

  private var context: CallContext { CallContext(trace: TraceID(high: 0, low: 0)) }

  @Test func aFileThatIsReadAgainChangesTheWorkersAndABadOneNothing() async throws {
    try await running { processes, client in
      let (first, second) = (processes.address("vision-0"), processes.address("vision-1"))
      #expect(try await vision(client) == [first])
      try write([0, 1], and: "feature-cache: 2GiB\n", for: processes)
      let reply = try await client.gateway.reload(in: context)
      #expect(reply == ReloadReply(joined: [second], left: [], restartKeys: ["feature-cache"]))
      #expect(try await vision(client) == [first, second])
      for (bad, word) in [
        ("visoin: x", "visoin"), ("vision: [nowhere]", "nowhere"), ("vision: ['tcp://10.0.0.1:1']", "--insecure"),
      ] {
        try bad.write(toFile: processes.path("gateway.yaml"), atomically: true, encoding: .utf8)
        let error = await #expect(throws: ServiceError.self) { _ = try await client.gateway.reload(in: context) }
        #expect(error?.code == .invalidRequest && error?.message.contains(word) == true, "\(String(describing: error))")
        #expect(try await vision(client) == [first, second])
      }
      try write([1], for: processes)
      processes.signal("gateway", SIGHUP)
      while try await vision(client) != [second] { try Task.checkCancellation() }
      #expect(try await !client.ask("Describe the image.", try sample()).isEmpty)
    }
  }

  @Test func aTraceNamesEveryProcessThatHadTheRequest() async throws {
    try await running { _, client in
      let trace = TraceID(high: 7, low: 9)
      let image = try sample()
      let request = AskRequest(
        turns: [Turn(.user, [.image(0), .text("Describe the image.")])], imageByteCounts: [image.count], tokenLimit: 4)
      _ = try await client.gateway.ask(request, images: [image], in: CallContext(trace: trace)) { _ in }
      // The gateway books a question after its client has heard the end.
      var records: [TraceRecord] = []
      while records.count < 3 {
        records = try await TraceClient(client.gateway.channel).traces(of: trace, in: context).records
      }
      let kinds = Dictionary(uniqueKeysWithValues: records.map { ($0.process.prefix { $0 != " " }, $0.kind) })
      #expect(kinds == ["gateway": "questions", "decoder": "generations", "vision": "images"])
      #expect(records.allSatisfy { $0.outcome == "completed" && $0.beganAgo >= $0.duration && !$0.stages.isEmpty })
      #expect(records[0].process == "gateway", "what began first is first")
      let encode = try #require(records.first { $0.kind == "images" })
      #expect(encode.stages.map(\.name) == ["image decode", "encode"])
      #expect(records[0].duration > encode.duration)
    }
  }

  private func sample() throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: TestModel.demo + "/samples/02_640x480.jpg")))
  }
}
