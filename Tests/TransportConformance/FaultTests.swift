import Concurrency
import RPC
import TestSupport
import Testing

/// What a network can do to frames, and what must never come of it: over the simulated one, where chance has a seed.
@Suite(.timeLimit(.minutes(10))) struct FaultTests {
  private struct Network: Sendable {
    let simulation: Simulation
    let transport: SimulatedTransport
    let channel: Channel
  }

  /// A server and an open channel in a simulation, with the limits of every day.
  private func run<Result: Sendable>(
    seed: UInt64, answer: @escaping @Sendable (Network?, IncomingCall) async throws -> Void = { try await echo($1) },
    _ body: @escaping @Sendable (Network) async throws -> Result
  ) async throws -> Result {
    try await Simulation.run(seed: seed) { simulation in
      let transport = SimulatedTransport(in: simulation)
      let address = try Address("inproc://simulated")
      let world = World(
        transport: transport, clock: simulation.timeline, address: { address }, vacantAddress: { address },
        liveMessageCount: { 0 }, close: {})
      let network = Lock<Network?>(nil)
      let listener = try await transport.listen(at: address)
      return try await world.withServer(
        on: listener, limits: Limits(), answer: { call in try await answer(network.withLock { $0 }, call) }
      ) { _ in
        try await world.withChannel(to: address, limits: Limits()) { channel in
          let all = Network(simulation: simulation, transport: transport, channel: channel)
          network.withLock { $0 = all }
          return try await body(all)
        }
      }
    }
  }

  /// Sends items and reads them back, more of both than there is credit; how it went wrong, or nothing.
  private func exchange(_ number: Int, over network: Network) async -> ServiceError? {
    var request = Request(0, 0, deadline: network.simulation.timeline.now + .seconds(60))
    request.trace.low = UInt64(number)
    let opening = request
    return await failure {
      try await network.channel.withCall(opening) { call in
        let count = 1 + number % 10
        async let sent: Void = {
          for index in 1...count { try await call.send(Item(index)) }
          call.finish()
        }()
        for index in 0...count {
          let item = try await call.next()
          #expect(item?.number == index, "seed \(network.simulation.seed), call \(number)")
        }
        let end = try await call.next()
        #expect(end == nil)
        try await sent
      }
    }
  }

  private func mix(seed: UInt64) async throws -> String {
    let executions = Lock<[UInt64: Int]>([:])
    return try await run(seed: seed) { _, call in
      executions.withLock { $0[call.trace.low, default: 0] += 1 }
      try await echo(call)
    } _: { network in
      network.transport.policy.dropShare = 0.005
      network.transport.policy.duplicateShare = 0.1
      network.transport.policy.delay = .microseconds(1) ... .milliseconds(30)
      var ends = 0
      await withTaskGroup(of: ServiceError?.self) { group in
        for number in 1...16 { group.addTask { await exchange(number, over: network) } }
        for await error in group {
          ends += 1
          let isExpected = error.map { [.unavailable, .deadlineExceeded].contains($0.code) } ?? true
          #expect(isExpected, "seed \(seed): \(error?.description ?? "")")
        }
      }
      #expect(ends == 16, "seed \(seed)")
      #expect(executions.withLock { $0.values.allSatisfy { $0 == 1 } }, "seed \(seed)")
      return network.simulation.trace
    }
  }

  @Test func everyExchangeEndsOnceAndIsNeverExecutedTwiceUnderTwoHundredSeeds() async throws {
    for seed in 1...200 as ClosedRange<UInt64> { _ = try await mix(seed: seed) }
  }

  @Test func theSameSeedGivesTheSameTrace() async throws {
    for seed in 1...5 as ClosedRange<UInt64> {
      let (once, again, other) = try await (mix(seed: seed), mix(seed: seed), mix(seed: seed + 1000))
      #expect(once == again && once != other, "seed \(seed)")
    }
  }

  /// The last frame of a call is followed by none whose number would give the loss away.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func aLostEndIsNoticedByThePings(seed: UInt64) async throws {
    try await run(seed: seed) { network, call in
      try await call.send(call.item)
      network?.transport.policy.dropShare = 1
    } _: { network in
      let timeline = network.simulation.timeline
      timeline.plan(at: timeline.now + .milliseconds(500)) { network.transport.policy.dropShare = 0 }
      let start = timeline.now
      let error = await failure { _ = try await network.channel.unary(Request()) }
      #expect(error?.code == .unavailable)
      #expect(error?.message.contains("frames were lost") == true, "seed \(seed): \(error?.message ?? "no error")")
      #expect(timeline.now - start <= Limits().pingInterval * 3, "seed \(seed)")
    }
  }

  @Test func aShortPartitionInWhichNothingWasSaidIsSurvived() async throws {
    try await run(seed: 1) { network in
      network.transport.partition()
      try await network.simulation.timeline.sleep(for: .seconds(5))
      network.transport.heal()
      try await network.simulation.timeline.sleep(for: .seconds(5))
      #expect(await exchange(1, over: network) == nil)
      #expect(
        network.simulation.trace.split(separator: "\n").count { $0.contains(" hello ") } == 2, "it connected once")
    }
  }

  @Test func aServerThatIsSilentIsGivenUpAfterDeadlineAndGrace() async throws {
    try await run(seed: 1) { network in
      network.transport.partition()
      let start = network.simulation.timeline.now
      let error = await failure { _ = try await network.channel.unary(Request(deadline: start + .seconds(2))) }
      #expect(error == ServiceError(.deadlineExceeded, "the deadline passed and no answer came"))
      let duration = network.simulation.timeline.now - start
      #expect(duration >= .seconds(3) && duration <= .seconds(4), "\(duration)")
    }
  }
}
