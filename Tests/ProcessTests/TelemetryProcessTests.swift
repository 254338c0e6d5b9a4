import Clusters
import Concurrency
import Foundation
import Programs
import Testing

/// What every process shows of itself.
@Suite(.serialized) struct TelemetryProcessTests {
  private static let names = ["gateway", "vision-0", "decoder"]
  private static let telling = Processes.showing + ["--log-level", "debug"]

  @Test func everyProcessExportsItsNumbersAndWhetherItIsReady() async throws {
    let processes = Processes()
    try processes.startAll(visionCount: 1, telling: Self.telling)
    try await processes.withClient(workerCount: 2) { client in
      let picture = try Sample.image("02_640x480.jpg")
      for _ in 0..<2 { _ = try await client.ask("Hi", picture) }
      _ = try await client.settled()
      for name in Self.names {
        #expect(try processes.get("/healthz", from: name).status == 200)
        #expect(try processes.get("/readyz", from: name).status == 200)
        let numbers = try processes.numbers(of: name)
        #expect(numbers["llava_ready"] == 1)
        #expect(try #require(numbers["process_resident_memory_bytes"]) > 1_000_000)
        #expect(try #require(numbers[#"llava_transport_frames_total{direction="sent"}"#]) > 0)
      }
      let gateway = try processes.numbers(of: "gateway")
      #expect(gateway[#"llava_requests_total{kind="questions",outcome="completed"}"#] == 2)
      #expect(gateway[#"llava_requests_in_progress{kind="questions"}"#] == 0)
      #expect(gateway["llava_first_token_seconds_count"] == 2)
      #expect(gateway[#"llava_feature_cache_misses_total{cache="features"}"#] == 1)
      #expect(gateway["llava_vision_encode_seconds_waiting"] == 0)
      #expect(gateway[#"llava_workers{role="vision",state="ready"}"#] == 1)
      let vision = try processes.numbers(of: "vision-0")
      #expect(vision[#"llava_requests_total{kind="images",outcome="completed"}"#] == 1)
      #expect(vision["llava_vision_views_total"] == 1 && vision["llava_vision_encode_seconds_count"] == 1)
      #expect(vision["llava_vision_prepare_seconds_count"] == 1 && vision["llava_vision_views_waiting"] == 0)
      let decoder = try processes.numbers(of: "decoder")
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
      let alone = try processes.get("/readyz", from: "gateway")
      try #require(alone.status == 503)
      // Before, it says that it starts.
      if alone.body.contains("no decoder is ready") { break }
      #expect(alone.body.contains("starting"))
    }
    #expect(try processes.get("/healthz", from: "gateway").status == 200)
    try processes.startWorkers(visionCount: 1)
    while try processes.get("/readyz", from: "gateway").status != 200 {}
    processes.signal("vision-0", SIGKILL)
    while true {
      let reply = try processes.get("/readyz", from: "gateway")
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
      var calls: [Processes.LogLine] = []
      // A ledger is settled just before its line is written.
      while calls.isEmpty { calls = try processes.log(of: name).filter { $0.message == "completed" } }
      #expect(calls.allSatisfy { $0.level == "debug" && $0.metadata?["milliseconds"] != nil })
      traces.append(Set(calls.compactMap(\.trace)))
    }
    #expect(traces[0].count == 1 && traces.allSatisfy { $0 == traces[0] })
    #expect(traces[0].first?.wholeMatch(of: /[0-9a-f]{32}/) != nil)
    try await processes.stop()
  }
}
