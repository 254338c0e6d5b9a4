import Clusters
import Concurrency
import Contracts
import Foundation
import Programs
import RPC
import Testing

/// What only real processes can show.
@Suite(.serialized) struct ProcessTests {
  /// What a process may have open at the moment of a look; what leaks with each request would be hundreds.
  private static let descriptorSlack = 8

  @Test func aVisionWorkerThatIsKilledInTheMiddleCostsNoAnswer() async throws {
    let processes = Processes()
    try processes.startAll(visionCount: 2)
    let questions = try Evaluation.questions().enumerated().filter { $0.offset % 4 == 0 }.map(\.element).prefix(64)
    let references = try Evaluation.references()
    try await processes.withClient(workerCount: 3) { client in
      try await withThrowingTaskGroup(of: (Int, String).self) { group in
        for question in questions {
          group.addTask {
            (question.questionId, try await client.ask(question.text, try Evaluation.image(named: question.image)))
          }
        }
        while try await client.status().workers[0].inFlight == 0 {}
        processes.signal("vision-0", SIGKILL)
        for try await (id, text) in group { #expect(text == references[id]) }
      }
      let status = try await client.settled()
      #expect(status.gauges["completed"] == 64)
      #expect(status.workers[0].state == "connecting")
      #expect(status.workers[2].gauges["completed"] == 64)
      #expect(status.workers[2].gauges["kv_blocks_referenced"] == 0)
    }
    try await processes.stop()
  }

  /// Pictures in parts: the answers are the reference's, and what the worker that is left had done is not done again.
  @Test func aVisionWorkerThatIsKilledBetweenThePartsOfAPictureCostsItsParts() async throws {
    let processes = Processes()
    try processes.startAll(visionCount: 2, model: TestModel.demoHD, gatewayTelling: Processes.showing)
    let pictures = ["0006.png", "0007.jpg", "0011.jpg"]
    let questions = try Evaluation.questions(of: TestModel.demoHD).filter { pictures.contains($0.image) }
    let references = try Evaluation.references(of: TestModel.demoHD)
    try await processes.withClient(workerCount: 3) { client in
      let finished = try await withThrowingTaskGroup(of: (Int, String).self) { group in
        for question in questions {
          group.addTask {
            let image = try Evaluation.image(named: question.image, of: TestModel.demoHD)
            return (question.questionId, try await client.ask(question.text, image))
          }
        }
        var finished = 0
        while finished == 0 { finished = try await client.status().workers[0].gauges["completed"] ?? 0 }
        _ = try await client.status()  // what it had done by then has left it before this answer
        processes.signal("vision-0", SIGKILL)
        for try await (id, text) in group { #expect(text == references[id]) }
        return finished
      }
      let status = try await client.settled()
      #expect(status.gauges["completed"] == 15)
      #expect(status.gauges["cache_views"] == 15)
      // A picture is prepared once and has five views; what the killed one had done is not done again, unless it was late with it.
      let hedges = try Int(processes.numbers(of: "gateway")["llava_hedges_total"] ?? 0)
      #expect(
        (status.workers[1].gauges["received"] ?? 99) <= 18 - finished + hedges,
        "\(finished) were done before the kill, \(hedges) were late")
      #expect(status.workers[2].gauges["kv_blocks_referenced"] == 0)
    }
    try await processes.stop()
  }

  @Test func aThousandBadRequestsLeaveEveryProcessAsItWas() async throws {
    let processes = Processes()
    try processes.startAll(visionCount: 1)
    let names = ["gateway", "vision-0", "decoder"]
    let picture = try Sample.image("02_640x480.jpg")
    try await processes.withClient(workerCount: 2) { client in
      _ = try await client.ask("Hi", picture)
      let before = try names.map { try processes.descriptorCount($0) }
      let blocks = try await client.settled().workers[1].gauges["kv_blocks_referenced"]
      for index in 0..<1000 {
        await #expect(throws: ServiceError.self) {
          switch index % 3 {
          case 0: try await client.ask("Hi", Array("no image".utf8))
          case 1: try await client.ask("Hi", Array(picture.prefix(1000 + index)))
          default: try await client.ask("", picture)
          }
        }
      }
      let status = try await client.settled()
      #expect(status.workers[1].gauges["kv_blocks_referenced"] == blocks)
      for (name, count) in zip(names, before) {
        #expect(try processes.descriptorCount(name) <= count + Self.descriptorSlack, "\(name)")
      }
      #expect(try await client.ask("Hi", picture).isEmpty == false)
    }
    try await processes.stop()
  }

  @Test func aGatewayThatIsAskedToStopFinishesItsAnswers() async throws {
    let processes = Processes()
    try processes.startAll(visionCount: 1)
    let picture = try Sample.image("01_336x336.png")
    try await processes.withClient(workerCount: 2) { client in
      let whole = try await client.ask(Sample.describe, picture)
      let text = try await client.ask(Sample.describe, picture) { processes.signal("gateway", SIGTERM) }
      #expect(text == whole)
    }
    #expect(processes.status("gateway") == 0)
    try await processes.stop()
  }

  @Test func aClientThatIsKilledStopsItsAnswer() async throws {
    let processes = Processes()
    try processes.startAll(visionCount: 1)
    try await processes.withClient(workerCount: 2) { client in
      let path = TestModel.root.appendingPathComponent("deploy/models/demo/samples/11_1000x750.png").path
      try processes.start("client", "llava", ["ask", "--gateway", processes.address("gateway"), path, Sample.describe])
      func ended(_ status: StatusReply) -> Int {
        ["completed", "cancelled", "failed"].compactMap { status.gauges[$0] }.reduce(0, +)
      }
      var status = try await client.status()
      while status.gauges["in_progress"] == 0, ended(status) == 0 { status = try await client.status() }
      processes.signal("client", SIGKILL)
      status = try await client.settled()
      #expect(ended(status) == 1)
      #expect(status.workers[1].gauges["kv_blocks_referenced"] == 0)
    }
    try await processes.stop()
  }

  /// Killed in any of its writes, a gateway finds what it had written, and nothing else.
  @Test func aGatewayThatIsKilledAndStartedAgainKnowsItsImages() async throws {
    let processes = Processes()
    let patient = ["--feature-cache-timeout", "1m"]
    try processes.startAll(visionCount: 1, gatewayTelling: patient)
    let names = ["02_640x480.jpg", "05_512x512.png", "10_600x300.jpg"]
    let before = try await processes.withClient(workerCount: 2) { client in
      var texts: [String] = []
      for name in names { texts.append(try await client.ask(Sample.describe, try Sample.image(name))) }
      while try await client.status().gauges["disk_writes"] != names.count {}
      return texts
    }
    // The decoder goes too, so that somebody has to fetch the features.
    for name in ["gateway", "decoder"] { processes.kill(name) }
    try processes.startDecoder()
    try processes.startGateway(visionCount: 1, telling: patient)
    try await processes.withClient(workerCount: 2) { client in
      let encoded = try await client.settled().workers[0].gauges["received"]
      for (name, text) in zip(names, before) {
        #expect(try await client.ask(Sample.describe, try Sample.image(name)) == text)
      }
      let status = try await client.settled()
      #expect(status.gauges["disk_hits"] == names.count && status.gauges["disk_misses"] == 0)
      #expect(status.workers[0].gauges["received"] == encoded)
    }
    try await processes.stop()
  }
}
