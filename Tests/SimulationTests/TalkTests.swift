import Concurrency
import RPC
import TestSupport
import Testing

/// What clients and decoders do to each other's place with the gateway, on the simulated clock.
@Suite struct TalkTests {
  private static let seeds = 1...UInt64(20)

  private func eachSeed(
    decoders: Int, _ body: @escaping @Sendable (SimulatedTalk) async throws -> Void
  ) async throws {
    for seed in Self.seeds {
      try await Simulation.run(seed: seed) { simulation in
        try await SimulatedTalk.with(simulation, decoders: decoders, body)
      }
    }
  }

  @Test func clientsThatVanishAreNoFailureOfTheirDecoder() async throws {
    try await eachSeed(decoders: 1) { talk in
      for _ in 0..<4 {
        // Both stop to read after the first token, and die once the gateway waits for them.
        try await talk.withClient { client in
          await withTaskGroup(of: Void.self) { group in
            let stopped = Signal()
            for _ in 0..<2 {
              group.addTask {
                _ = try? await talk.ask(client) { _ in
                  stopped.raise()
                  try await talk.simulation.timeline.sleep(until: .distantFuture)
                }
              }
            }
            try? await stopped.wait()
            try? await talk.simulation.timeline.sleep(for: SimulatedTalk.step * SimulatedTalk.tokenCount)
            talk.killClients()
            try? await talk.simulation.timeline.sleep(for: SimulatedTalk.step)
            group.cancelAll()
          }
        }
        let states = try await talk.decoderStates()
        try #require(states == ["ready"])
      }
      let count = try await talk.withClient { try await talk.ask($0) }
      #expect(count == SimulatedTalk.tokenCount)
    }
  }

  @Test func aClientThatReadsNothingLosesItsPlaceAfterAMinute() async throws {
    try await eachSeed(decoders: 1) { talk in
      let clock = talk.simulation.timeline
      let asked = clock.now
      let working = Lock<Int?>(nil)
      let error = await #expect(throws: ServiceError.self) {
        try await talk.withClient { client in
          _ = try await talk.ask(client) { token in
            guard token.index == 0 else { return }
            try await clock.sleep(for: Limits().clientStall + .seconds(1))
            working.withLock { $0 = talk.decoders[0].inProgress.withLock { $0 } }
          }
        }
      }
      #expect(error?.code == .deadlineExceeded)
      #expect(working.withLock { $0 } == 0)
      #expect(clock.now - asked < Limits().clientStall + .seconds(3))
      let states = try await talk.decoderStates()
      #expect(states == ["ready"])
    }
  }

  @Test func aFullDecoderIsNotBrokenAndAnotherAnswers() async throws {
    try await eachSeed(decoders: 2) { talk in
      for decoder in talk.decoders { decoder.isFull.withLock { $0 = true } }
      try await talk.withClient { client in
        for _ in 0..<4 {
          await #expect { try await talk.ask(client) } throws: { ($0 as? ServiceError)?.code == .overloaded }
        }
        for free in talk.decoders {
          for decoder in talk.decoders { decoder.isFull.withLock { $0 = decoder !== free } }
          let count = try await talk.ask(client)
          #expect(count == SimulatedTalk.tokenCount)
        }
      }
      #expect(try await talk.decoderStates() == ["ready", "ready"])
    }
  }
}
