import Clusters
import Concurrency
import Contracts
import NNGTransport
import RPC
import Testing

/// What callers with tokens may, and what they never share.
@Suite struct TenantTests {
  private let transport = NNGTransport(clock: SystemClock())

  /// Each token is its caller's name; the first letter is the tenant.
  private struct Letters: CallerAuthenticating {
    var limits = CallerLimits()

    func caller(presenting token: String?, at door: Address?) throws(ServiceError) -> Caller {
      guard let token else { return .anyone }
      guard token != "stranger" else { throw ServiceError(.unauthenticated, "nobody knows the stranger") }
      return Caller(name: token, tenant: String(token.prefix(1)), limits: limits)
    }
  }

  private func shape(_ limits: CallerLimits = CallerLimits()) -> Cluster.Shape {
    var shape = Cluster.Shape()
    shape.callers = Letters(limits: limits)
    return shape
  }

  @Test func tenantsShareNeitherFeaturesNorKVAndGetTheSameAnswers() async throws {
    try await Cluster.with(shape(), over: transport, name: "tenants") { cluster in
      let image = try Sample.image("02_640x480.jpg")
      var answers: [Answer] = []
      for (name, isFirst) in [("a1", true), ("b1", true), ("a2", false), ("b2", false)] {
        try await cluster.asking(with: name, over: transport) { own in
          let answer = try await own.ask(Sample.describe, image)
          #expect(answer.finished.images[0].source == (isFirst ? .encoded : .decoder), "\(name)")
          #expect((answer.finished.finished.usage.cachedTokens == 0) == isFirst, "\(name)")
          answers.append(answer)
        }
      }
      let nobodys = try await cluster.ask(Sample.describe, image)
      #expect(nobodys.finished.images[0].source == .encoded && nobodys.finished.finished.usage.cachedTokens == 0)
      #expect(Set(answers.map(\.tokens) + [nobodys.tokens]).count == 1)
      #expect(await cluster.encoders[0].health().gauges["completed"] == 3, "one encode for each tenant, and for nobody")
    }
    await transport.close()
  }

  @Test func tenantsDoNotShareTheKVOfWords() async throws {
    try await Cluster.with(shape(), over: transport, name: "tenant-words") { cluster in
      let turns = [Turn(.user, [.text(String(repeating: "What is red and what is green? ", count: 8))])]
      var cached: [Int] = []
      for name in ["a1", "a2", "b1"] {
        try await cluster.asking(with: name, over: transport) { own in
          cached.append(try await own.ask(turns, images: []).finished.finished.usage.cachedTokens)
        }
      }
      #expect(cached[0] == 0 && cached[1] > 0 && cached[2] == 0, "\(cached)")
    }
    await transport.close()
  }

  @Test func aStrangerIsRefusedBeforeAnythingIsSent() async throws {
    try await Cluster.with(shape(), over: transport, name: "stranger") { cluster in
      let error = await #expect(throws: ServiceError.self) {
        try await cluster.asking(with: "stranger", over: transport) { _ in }
      }
      #expect(error?.code == .unauthenticated)
      #expect(await cluster.gateway.health().gauges["received"] == 0)
    }
    await transport.close()
  }

  @Test func overItsLimitACallerIsToldWhenToComeAgainAndTheLedgerAddsUp() async throws {
    let limits = CallerLimits(imageBytesPerMinute: try Sample.image("02_640x480.jpg").count)
    try await Cluster.with(shape(limits), over: transport, name: "limits") { cluster in
      let image = try Sample.image("02_640x480.jpg")
      try await cluster.asking(with: "a1", over: transport) { own in
        _ = try await own.ask("Hi", image) { $0.tokenLimit = 1 }
        let error = try await own.refusal("Hi", image)
        #expect(error.code == .limitReached && (error.retryAfter ?? .zero) > .seconds(1))
        let text = [Turn(.user, [.text("Hi")])]
        _ = try await own.ask(text, images: []) { $0.tokenLimit = 1 }
      }
      try await cluster.asking(with: "a2", over: transport) { own in
        _ = try await own.ask("Hi", image) { $0.tokenLimit = 1 }
      }
      try await cluster.settled { await cluster.gateway.health() }
      let gauges = await cluster.gateway.health().gauges
      #expect(gauges["received"] == 4 && gauges["refused"] == 1 && gauges["completed"] == 3)
    }
    await transport.close()
  }
}
