import Clusters
import Concurrency
import Foundation
import TestSupport
import Testing

/// What every process shows of itself.
@Suite(.serialized) struct TelemetryProcessTests {
  private static let names = ["gateway", "vision-0", "decoder"]
  private static let telling = ["--metrics", "127.0.0.1:0", "--log-format", "json", "--log-level", "debug"]

  /// A line of a log.
  private struct Line: Decodable {
    var time: String
    var level: String
    var program: String
    var message: String
    var trace: String?
    var metadata: [String: String]?
  }

  /// Every line that has been written whole; throws where one is no JSON.
  private func log(_ processes: Processes, _ name: String) throws -> [Line] {
    let lines = try processes.errorText(name).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    return try lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }

  /// Asks until the process has said where it listens: the first line of its log.
  private func get(_ path: String, _ processes: Processes, _ name: String) throws -> (status: Int, body: String) {
    while true {
      guard let address = try log(processes, name).lazy.compactMap({ $0.metadata?["address"] }).first else { continue }
      let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
      let answer = RawRequest("GET \(path) HTTP/1.0\r\n\r\n", at: port).blockingAnswer()
      let status = try #require(answer.split(separator: " ").dropFirst().first.flatMap { Int($0) })
      return (status, String(answer[(try #require(answer.firstRange(of: "\r\n\r\n"))).upperBound...]))
    }
  }

  private func numbers(_ processes: Processes, _ name: String) throws -> [String: Double] {
    let body = try get("/metrics", processes, name).body
    let pairs = body.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ") }
    return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), Double($0[1]) ?? .nan) })
  }

  @Test func everyProcessExportsItsNumbersAndWhetherItIsReady() async throws {
    let processes = Processes()
    try processes.startAll(visionCount: 1, telling: Self.telling)
    try await processes.withClient(workerCount: 2) { client in
      let picture = try Sample.image("02_640x480.jpg")
      for _ in 0..<2 { _ = try await client.ask("Hi", picture) }
      _ = try await client.settled()
      for name in Self.names {
        #expect(try get("/healthz", processes, name).status == 200)
        #expect(try get("/readyz", processes, name).status == 200)
        let numbers = try numbers(processes, name)
        #expect(numbers["llava_ready"] == 1)
        #expect(try #require(numbers["process_resident_memory_bytes"]) > 1_000_000)
        #expect(try #require(numbers[#"llava_transport_frames_total{direction="sent"}"#]) > 0)
      }
      let gateway = try numbers(processes, "gateway")
      #expect(gateway[#"llava_requests_total{kind="questions",outcome="completed"}"#] == 2)
      #expect(gateway[#"llava_requests_in_progress{kind="questions"}"#] == 0)
      #expect(gateway["llava_first_token_seconds_count"] == 2)
      #expect(gateway[#"llava_feature_cache_misses_total{cache="features"}"#] == 1)
      #expect(gateway["llava_vision_encode_seconds_waiting"] == 0)
      #expect(gateway[#"llava_workers{role="vision",state="ready"}"#] == 1)
      let vision = try numbers(processes, "vision-0")
      #expect(vision[#"llava_requests_total{kind="images",outcome="completed"}"#] == 1)
      #expect(vision["llava_vision_views_total"] == 1 && vision["llava_vision_encode_seconds_count"] == 1)
      #expect(vision["llava_vision_prepare_seconds_count"] == 1 && vision["llava_vision_views_waiting"] == 0)
      let decoder = try numbers(processes, "decoder")
      #expect(decoder[#"llava_requests_total{kind="generations",outcome="completed"}"#] == 2)
      #expect(try #require(decoder["llava_decoder_tokens_total"]) >= 2)
      #expect(try #require(decoder["llava_decoder_step_seconds_count"]) >= 2)
      #expect(try #require(decoder["llava_decoder_prefill_tokens_total"]) > 576)
      #expect(try #require(decoder["llava_decoder_cached_tokens_total"]) > 576)
      let blocks = ["free", "cached", "referenced"].compactMap { decoder["llava_decoder_kv_blocks{state=\"\($0)\"}"] }
      #expect(blocks.count == 3 && blocks.reduce(0, +) == decoder["llava_decoder_kv_blocks_limit"])
    }
    try await processes.stop()
  }

  @Test func aGatewayIsReadyOnceItHasAVisionWorkerAndADecoderAndNoLongerWithoutOne() async throws {
    let processes = Processes()
    try processes.start(
      "gateway", "llava-gateway",
      ["--vision", processes.address("vision-0"), "--decoder", processes.address("decoder")]
        + ["--listen", processes.address("gateway")] + Self.telling)
    while true {
      let alone = try get("/readyz", processes, "gateway")
      try #require(alone.status == 503)
      // Before, it says that it starts.
      if alone.body.contains("no decoder is ready") { break }
      #expect(alone.body.contains("starting"))
    }
    #expect(try get("/healthz", processes, "gateway").status == 200)
    try processes.startWorkers(visionCount: 1)
    while try get("/readyz", processes, "gateway").status != 200 {}
    processes.signal("vision-0", SIGKILL)
    while true {
      let reply = try get("/readyz", processes, "gateway")
      guard reply.status == 503 else { continue }
      #expect(reply.body.contains("no vision worker is ready"))
      break
    }
    try await processes.stop()
  }

  @Test func oneTraceGoesThroughTheLogsOfAllProcesses() async throws {
    let processes = Processes()
    try processes.startAll(visionCount: 1, telling: Self.telling)
    try await processes.withClient(workerCount: 2) { client in
      _ = try await client.ask("Hi", try Sample.image("01_336x336.png"))
      _ = try await client.settled()
    }
    var traces: [Set<String>] = []
    for name in Self.names {
      var calls: [Line] = []
      // A ledger is settled just before its line is written.
      while calls.isEmpty { calls = try log(processes, name).filter { $0.message == "completed" } }
      #expect(calls.allSatisfy { $0.level == "debug" && $0.metadata?["milliseconds"] != nil })
      traces.append(Set(calls.compactMap(\.trace)))
    }
    #expect(traces[0].count == 1 && traces.allSatisfy { $0 == traces[0] })
    #expect(traces[0].first?.wholeMatch(of: /[0-9a-f]{32}/) != nil)
    try await processes.stop()
  }
}
