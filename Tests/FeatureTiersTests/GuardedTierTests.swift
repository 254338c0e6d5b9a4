import Concurrency
import FeatureTiers
import TestSupport
import Testing

@Suite struct GuardedTierTests {
  private static let patience = Duration.milliseconds(500)
  private static let farAway = Instant.distantFuture

  private func simulate(
    _ body: @escaping @Sendable (MemoryTier, GuardedTier, TierLedger, Timeline) async throws -> Void
  ) async throws {
    try await Simulation.run(seed: 1) { simulation in
      let clock = simulation.timeline
      let (tier, ledger) = (MemoryTier(clock: clock), TierLedger(.store))
      let guarded = GuardedTier(tier, name: "node", patience: Self.patience, ledger: ledger, clock: clock)
      try await body(tier, guarded, ledger, clock)
    }
  }

  private func failure(_ body: () async throws -> some Any) async -> TierError.Code? {
    do {
      _ = try await body()
      return nil
    } catch {
      return (error as? TierError)?.code
    }
  }

  @Test func aTierThatHangsCostsItsPatienceTwiceAndThenNothing() async throws {
    try await simulate { tier, guarded, ledger, clock in
      tier.mood = .hanging
      for _ in 0..<2 { #expect(await failure { try await guarded.get(key(1), by: Self.farAway) } == .late) }
      #expect(clock.now == Instant(nanoseconds: 0) + Self.patience * 2)
      for _ in 0..<100 { #expect(await failure { try await guarded.get(key(1), by: Self.farAway) } == .resting) }
      #expect(clock.now == Instant(nanoseconds: 0) + Self.patience * 2)
      #expect((tier.callCount, ledger.count(of: .failures), ledger.count(of: .skips)) == (2, 2, 100))
    }
  }

  @Test func aBrokenTierIsProbedByOneCallAndTakenBackWhenItAnswers() async throws {
    try await simulate { tier, guarded, _, clock in
      tier.mood = .failing
      for _ in 0..<2 { _ = await failure { try await guarded.get(key(1), by: Self.farAway) } }
      #expect(!guarded.isAdmitted)
      (tier.mood, tier.delay) = (.well, .milliseconds(100))
      try await clock.sleep(for: .seconds(1))
      let codes = await withTaskGroup(of: TierError.Code?.self) { group in
        for _ in 0..<5 { group.addTask { await failure { try await guarded.get(key(1), by: Self.farAway) } } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(codes.count { $0 == nil } == 1 && codes.count { $0 == .resting } == 4)
      #expect(tier.callCount == 3)
      #expect(await failure { try await guarded.get(key(1), by: Self.farAway) } == nil)
    }
  }

  @Test func aTierWithoutRoomGoesOnBeingAsked() async throws {
    try await simulate { tier, guarded, ledger, _ in
      tier.mood = .full
      for _ in 0..<10 { #expect(await failure { try await guarded.put(key(1), [1], by: Self.farAway) } == .full) }
      let found = try await guarded.get(key(1), by: Self.farAway)
      #expect(found == nil)
      #expect(guarded.isAdmitted && ledger.count(of: .failures) == 0)
    }
  }

  /// The asker had no more time: that says nothing about the tier.
  @Test func aShortDeadlineIsKeptAndNotHeldAgainstTheTier() async throws {
    try await simulate { tier, guarded, _, clock in
      tier.delay = .milliseconds(100)
      for _ in 0..<5 {
        let deadline = clock.now + .milliseconds(5)
        #expect(await failure { try await guarded.get(key(1), by: deadline) } == .late)
        #expect(clock.now == deadline)
      }
      #expect(guarded.isAdmitted)
    }
  }
}
