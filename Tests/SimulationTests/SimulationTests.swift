import Clusters
import Concurrency
import Contracts
import RPC
import TestSupport
import Testing

@Suite struct SimulationTests {
  /// A random mix of calls on a network that delays, loses and repeats; returns the trace.
  @discardableResult
  private func mix(seed: UInt64, _ policy: LinkPolicy) async throws -> String {
    try await Simulation.run(seed: seed) { simulation in
      try await SimulatedCalls.with(simulation, policy) { calls in
        let ends = Lock<[UInt64: Int]>([:])
        await withTaskGroup(of: Void.self) { group in
          for number in 1...UInt64(12) {
            group.addTask {
              // Up to three items each: at most the credit, so that no call waits for another.
              let isWhole = try? await calls.call(number, items: Int(number % 4))  // a lost link ends it with an error
              ends.withLock { $0[number, default: 0] += 1 }
              if let isWhole { #expect(isWhole, "seed \(seed): call \(number) ended well and was not whole") }
            }
          }
        }
        let executions = calls.executions.withLock { $0 }
        #expect(executions.values.allSatisfy { $0 == 1 }, "seed \(seed): executed \(executions)")
        #expect(ends.withLock { $0 } == Dictionary(uniqueKeysWithValues: (1...12).map { ($0, 1) }), "seed \(seed)")
        return simulation.trace
      }
    }
  }

  private var hostile: LinkPolicy {
    var policy = LinkPolicy()
    policy.dropShare = 0.01
    policy.duplicateShare = 0.1
    policy.delay = .microseconds(1) ... .milliseconds(20)
    return policy
  }

  @Test func theSameSeedGivesTheSameTraceToTheByte() async throws {
    for seed in 1...UInt64(5) {
      let first = try await mix(seed: seed, hostile)
      #expect(try await mix(seed: seed, hostile) == first, "seed \(seed)")
      #expect(try await mix(seed: seed + 1000, hostile) != first, "seed \(seed)")
    }
  }

  @Test func everyCallEndsOnceAndIsExecutedAtMostOnceUnderTwoHundredSeeds() async throws {
    for seed in 1...UInt64(200) { try await mix(seed: seed, hostile) }
  }

  /// A gateway says its stages and its tokens from several tasks, on one call.
  @Test func tasksThatSendOnOneCallAllGetThrough() async throws {
    for seed in 1...UInt64(20) {
      try await Simulation.run(seed: seed) { simulation in
        try await SimulatedCalls.with(simulation) { calls in
          let isWhole = try await calls.call(1, senders: 6, items: 5)
          #expect(isWhole, "seed \(seed)")
        }
      }
    }
  }

  @Test func aRepeatedFrameIsExecutedOnce() async throws {
    try await Simulation.run(seed: 3) { simulation in
      var policy = LinkPolicy()
      policy.duplicateShare = 1
      try await SimulatedCalls.with(simulation, policy) { calls in
        for number in 1...UInt64(20) {
          let isWhole = try await calls.call(number, items: 3)
          #expect(isWhole)
        }
        #expect(calls.executions.withLock { $0 } == Dictionary(uniqueKeysWithValues: (1...20).map { ($0, 1) }))
        #expect(simulation.trace.contains("twice"))
      }
    }
  }

  @Test func aLostFrameEndsTheCallWithAnErrorAndNeverHangs() async throws {
    for seed in 1...UInt64(20) {
      try await Simulation.run(seed: seed) { simulation in
        var policy = LinkPolicy()
        policy.dropShare = 0.3
        try await SimulatedCalls.with(simulation, policy) { calls in
          let started = simulation.timeline.now
          for number in 1...UInt64(5) {
            do {
              let isWhole = try await calls.call(number, items: 4)
              #expect(isWhole, "seed \(seed)")
            } catch {
              let code = ServiceError(error).code
              #expect(code == .unavailable || code == .deadlineExceeded, "seed \(seed): \(error)")
            }
          }
          #expect(simulation.timeline.now - started < .seconds(400), "seed \(seed)")
        }
      }
    }
  }

  @Test func aSilentPeerIsGivenUpAfterItsTimeAndNotBefore() async throws {
    try await Simulation.run(seed: 9) { simulation in
      try await SimulatedCalls.with(simulation) { calls in
        let limits = Limits()
        let parted = simulation.timeline.now
        calls.transport.partition()
        await #expect {
          _ = try await calls.call(1, items: 0, deadline: .seconds(600))
        } throws: { ($0 as? ServiceError)?.code == .unavailable }
        let silence = simulation.timeline.now - parted
        #expect(silence >= limits.silence - limits.pingInterval && silence <= limits.silence + limits.pingInterval * 2)
        calls.transport.heal()
        try await calls.channel.opened()
        let isWhole = try await calls.call(2, items: 1)
        #expect(isWhole)
      }
    }
  }

  @Test func theWholeSystemAnswersTheSameInEveryOrder() async throws {
    let image = try Sample.image("01_336x336.png")
    let question = "Where is the pink star in the image?\nAnswer the question using a single word or phrase."
    @Sendable func world(_ seed: UInt64) async throws -> (answers: [[Int32]], trace: String) {
      try await Simulation.run(seed: seed) { simulation in
        var shape = Cluster.Shape()
        shape.vision = [TestModel.demo, TestModel.demo]
        shape.computesInline = true
        let transport = SimulatedTransport(in: simulation)
        let answers = try await Cluster.with(
          shape, over: transport, name: "simulated", clock: simulation.timeline,
          pausing: { try await simulation.timeline.sleep(for: .milliseconds(10)) }
        ) { cluster in
          try await withThrowingTaskGroup(of: (Int, [Int32]).self) { group in
            for index in 0..<3 {
              group.addTask {
                (
                  index,
                  try await cluster.ask(index == 0 ? question : Sample.describe, image) { $0.tokenLimit = 8 }.tokens
                )
              }
            }
            return try await group.reduce(into: [[], [], []]) { $0[$1.0] = $1.1 }
          }
        }
        return (answers, simulation.trace)
      }
    }
    let first = try await world(1)
    #expect(first.answers[0] == [361])
    let again = try await world(1)
    #expect(again.trace == first.trace && again.answers == first.answers)
    for seed in 2...UInt64(6) { #expect(try await world(seed).answers == first.answers, "seed \(seed)") }
  }
}
