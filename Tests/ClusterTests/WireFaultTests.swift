import Clusters
import Concurrency
import Foundation
import Programs
import RPC
import TestSupport
import Testing

/// Damage on every wire: a clean error or the right answer, never a wrong one, a crash or a hang.
@Suite(.serialized) struct WireFaultTests {
  /// A fault on one wire.
  private struct Strike {
    let wire: Wire
    let fault: WireFault.Kind
    let direction: WireFault.Direction
    /// Where in the exchange of a question, of 1.
    let place: Double
  }

  /// How often each kind is tried on each wire and in each direction. Those that hold a question up until its deadline
  /// take seconds each.
  private static func count(of kind: WireFault.Kind) -> Int {
    switch kind {
    case .flip: 12
    case .truncate, .duplicate: 6
    case .delay: 3
    case .halfOpen, .stall: 2
    }
  }

  /// What a client waits.
  private static let patience = Duration.seconds(4)
  /// Long enough for the client's own end of its patience, on a busy machine.
  private static let limit = Duration.seconds(60)
  private static let question = Question.describing[0]

  @Test(.timeLimit(.minutes(10))) func aFlippedByteOnAnyWireIsNeverAWrongAnswer() async throws {
    try await Self.pass(Self.strikes([.flip], seed: 3, atMost: 1))
  }

  @Test(.enabled(if: KillMatrixTests.isWhole)) func everyFaultOnEveryWireIsAnErrorOrTheRightAnswer() async throws {
    try await Self.pass(Self.strikes(WireFault.Kind.allCases, seed: 4))
  }

  private static func strikes(_ kinds: [WireFault.Kind], seed: UInt64, atMost limit: Int = .max) -> [Strike] {
    var random = SeededGenerator(seed: seed)
    return kinds.flatMap { kind in
      Wire.allCases.flatMap { wire in
        WireFault.Direction.allCases.flatMap { direction in
          (0..<min(limit, count(of: kind))).map { _ in
            Strike(
              wire: wire, fault: kind, direction: direction, place: Double.random(in: 0..<1, using: &random))
          }
        }
      }
    }
  }

  private static func pass(_ strikes: [Strike]) async throws {
    try await WireSite.with { site, client in
      let numbers = Numbers(after: 0)
      let whole = try await undisturbed(site, client, numbers)
      var outcomes: [WireFault.Kind: (answered: Int, failed: Int)] = [:]
      for strike in strikes {
        let proxy = try #require(site.proxies[strike.wire])
        let size = try #require(whole.sizes[strike.wire]?[strike.direction])
        let fault = WireFault(
          kind: strike.fault, direction: strike.direction, position: Int(strike.place * Double(size)))
        let isAnswered = try await outcome(of: fault, on: strike.wire, proxy, site, client, numbers, whole.answer)
        outcomes[strike.fault, default: (0, 0)].answered += isAnswered ? 1 : 0
        outcomes[strike.fault, default: (0, 0)].failed += isAnswered ? 0 : 1
        for name in WireSite.names { #expect(site.processes.isRunning(name), "\(strike.wire), \(fault): \(name) died") }
      }
      for (kind, outcome) in outcomes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        print("wire faults: \(kind): \(outcome.answered) answered, \(outcome.failed) failed")
      }
      try await Rest.reached(by: WireSite.names, of: site.processes, before: SystemClock().now + limit)
    }
  }

  private struct Whole {
    let answer: Expected
    /// Bytes of one question on each wire.
    let sizes: [Wire: [WireFault.Direction: Int]]
  }

  private static func undisturbed(_ site: WireSite, _ client: Client, _ numbers: Numbers) async throws -> Whole {
    for proxy in site.proxies.values { proxy.arm(nil) }
    let asked = Asked(question, number: numbers.next())
    await asked.run(by: client, deadline: .distantFuture)
    guard case .answered(let text) = try await asked.outcome() else {
      throw ServiceError(.internalFailure, "undisturbed: \(asked.heard.state)")
    }
    let sizes = site.proxies.mapValues { proxy in
      Dictionary(uniqueKeysWithValues: WireFault.Direction.allCases.map { ($0, proxy.count($0)) })
    }
    return Whole(answer: Expected(tokens: asked.heard.state.tokens, text: text), sizes: sizes)
  }

  /// Whether a question that met the fault was answered; what is wrong about it is an issue.
  private static func outcome(
    of fault: WireFault, on wire: Wire, _ proxy: FaultProxy, _ site: WireSite, _ client: Client, _ numbers: Numbers,
    _ answer: Expected
  ) async throws -> Bool {
    let clock = SystemClock()
    var isAnswered = false
    proxy.arm(fault)
    // Where the exchange was shorter this time, another question meets it.
    while !proxy.hasStruck {
      let asked = Asked(question, number: numbers.next())
      let limit = clock.now + limit
      await asked.run(by: client, deadline: clock.now + patience)
      let outcome = try await asked.outcome()
      #expect(clock.now < limit, "\(wire), \(fault)")
      if let wrong = answer.fault(of: asked, outcome) { Issue.record("\(wire), \(fault): \(wrong)") }
      if case .answered = outcome { isAnswered = true } else { isAnswered = false }
    }
    proxy.disarm()
    try await recovered(client, site, numbers, answer, "\(wire), \(fault)")
    return isAnswered
  }

  /// Returns once a question is answered again. Until then others may fail: where the length of a frame was damaged,
  /// only the silence that follows, of ten seconds, says that there is nothing to wait for.
  private static func recovered(
    _ client: Client, _ site: WireSite, _ numbers: Numbers, _ answer: Expected, _ what: String
  ) async throws {
    let limit = SystemClock().now + limit
    while SystemClock().now < limit {
      guard try await site.areWorkersThere() else { continue }
      try await client.channel.opened()
      let asked = Asked(question, number: numbers.next())
      await asked.run(by: client, deadline: SystemClock().now + patience)
      let outcome = try await asked.outcome()
      if let wrong = answer.fault(of: asked, outcome) { Issue.record("\(what): afterwards \(wrong)") }
      if case .answered = outcome { return }
    }
    throw ServiceError(.internalFailure, "\(what): no recovery within \(Self.limit)")
  }

  /// A decoder that waits for features which nobody can make has not failed: where it were left alone for that, no
  /// question would be answered for a while after the vision worker is back, not even about pictures that it has read.
  @Test(.timeLimit(.minutes(10))) func aVisionWorkerThatIsLostIsNotTheDecodersFailure() async throws {
    try await WireSite.with { site, client in
      let numbers = Numbers(after: 0)
      let proxy = try #require(site.proxies[.gatewayToVision])
      for _ in 0..<3 {
        // In the picture, and not in what is said every second.
        proxy.arm(WireFault(kind: .truncate, direction: .toServer, position: 1024))
        let asked = Asked(Self.question, number: numbers.next())
        await asked.run(by: client, deadline: SystemClock().now + Self.limit)
        guard case .failed(let error) = try await asked.outcome() else {
          Issue.record("answered without features: \(asked.heard.state)")
          continue
        }
        #expect(error.code == .unavailable)
        let gateway = try await site.processes.numbersNow(of: "gateway")
        #expect(gateway[#"llava_workers{role="decoder",state="ready"}"#] == 1)
        while try await !site.areWorkersThere() {}
      }
    }
  }
}
