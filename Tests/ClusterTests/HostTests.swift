import Clusters
import Concurrency
import Contracts
import Programs
import RPC
import Testing

/// Processes on several hosts, and a network between them that is neither trusted nor relied upon.
@Suite(
  .serialized, .timeLimit(.minutes(10)),
  // `make test-cluster` takes no excuse.
  .enabled(if: KillMatrixTests.isWhole || Hosts.obstacle == nil, "there can be no hosts here: \(Hosts.obstacle ?? "")"))
struct HostTests {
  /// Longer than the silence after which a peer is given up, on a busy machine.
  private static let patience = Duration.seconds(60)

  @Test func whoIsNotCertifiedIsRefused() async throws {
    try await HostSite.with { site, client in
      let question = Question.describing[0]
      let expected = try await Self.undisturbed([question], site, client)
      let welcome = try await site.ask(question, as: "client", certifiedBy: .own)
      #expect(welcome.status == 0 && welcome.output.contains(expected[question]?.text ?? "?"), "\(welcome)")

      for (role, authority) in [("client", HostSite.Authority.foreign), ("worker", .own)] {
        let refused = try await site.ask(question, as: role, certifiedBy: authority)
        #expect(refused.status == 2 && refused.output.isEmpty && refused.error.contains("certif"), "\(refused)")
      }
      for name in ["gateway", HostSite.vision[0], HostSite.decoders[0]] {
        let nobody = try await site.greetWithoutCertificate(name)
        #expect(nobody.error.contains("certificate required") && nobody.output.isEmpty, "\(name): \(nobody)")
      }

      let impostor = HostSite.vision[1]
      site.processes.kill(impostor)
      try site.startWorker(impostor, certifiedBy: .foreign)
      while try await !client.worker(at: site.address(impostor)).reason.contains("certif") {}
      let answered = try await Self.undisturbed([question], site, client)
      #expect(answered == expected)
      site.processes.kill(impostor)
      try site.startWorker(impostor, certifiedBy: .own)
      while try await client.worker(at: site.address(impostor)).state != "ready" {}
    }
  }

  @Test func aDecoderThatIsCutOffCostsNoAnswer() async throws {
    try await HostSite.with { site, client in
      let expected = try await Self.undisturbed(Question.describing, site, client)
      try await Self.withAudience(site, client) { audience in
        let held = audience.ask(Question.describing[0], isHeld: true)
        try await held.reaches("its first tokens") { $0.tokens.count >= Asked.heldTokenCount }
        let stage = held.heard.state.stages.last { $0.hasPrefix("generation on ") }
        let decoder = try #require(stage.flatMap(site.decoder))
        try site.hosts.cut(decoder)
        held.letGo()
        for question in Question.describing { _ = audience.ask(question) }
        try await Self.expectAnswers(to: audience, expected)
        while try await client.worker(at: site.address(decoder)).state == "ready" {}
        try site.hosts.join(decoder)
        while try await client.worker(at: site.address(decoder)).state != "ready" {}
        _ = try await client.settled()
      }
    }
  }

  @Test func aStoreThatIsCutOffCostsNoAnswer() async throws {
    try await HostSite.with { site, client in
      func count(_ event: String) async throws -> Int { try await client.status().gauges["store_\(event)"] ?? 0 }
      let expected = try await Self.undisturbed(Question.describing, site, client)
      while try await count("writes") < expected.count {}
      try await Self.withAudience(site, client) { audience in
        try site.hosts.cut(HostSite.store)
        for question in Question.describing { _ = audience.ask(question) }
        try await Self.expectAnswers(to: audience, expected)
        #expect(try await count("failures") > 0)
        let written = try await count("writes")
        try site.hosts.join(HostSite.store)
        // It rests for a while, and is probed then.
        while try await count("writes") == written {
          _ = audience.ask(Question.describing[0])
          try await Self.expectAnswers(to: audience, expected)
        }
        _ = try await client.settled()
      }
    }
  }

  // MARK: Answers

  /// What is answered while nothing is wrong.
  private static func undisturbed(
    _ questions: [Question], _ site: HostSite, _ client: Client
  ) async throws -> [Question: Expected] {
    var expected: [Question: Expected] = [:]
    for question in questions {
      let asked = Asked(question, number: site.fileNumbers.next())
      await asked.run(by: client, deadline: SystemClock().now + patience)
      guard case .answered(let text) = try await asked.outcome() else {
        throw ServiceError(.internalFailure, "undisturbed: \(asked.heard.state)")
      }
      expected[question] = Expected(tokens: asked.heard.state.tokens, text: text)
    }
    return expected
  }

  private static func withAudience(
    _ site: HostSite, _ client: Client, _ body: (Audience) async throws -> Void
  ) async throws {
    let audience = Audience(client, fileNumbers: site.fileNumbers, patience: patience)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await audience.run() }
      defer { group.cancelAll() }
      try await body(audience)
    }
  }

  private static func expectAnswers(to audience: Audience, _ expected: [Question: Expected]) async throws {
    for asked in audience.asked {
      let outcome = try await asked.outcome()
      guard case .answered = outcome, let expected = expected[asked.question] else {
        throw ServiceError(.internalFailure, "an answer was lost: \(outcome)")
      }
      #expect(expected.fault(of: asked, outcome) == nil)
    }
  }
}

extension Client {
  fileprivate func worker(at address: String) async throws -> WorkerStatus {
    let workers = try await status().workers
    guard let worker = workers.first(where: { $0.address == address }) else {
      throw ServiceError(.internalFailure, "no worker at \(address): \(workers)")
    }
    return worker
  }
}
