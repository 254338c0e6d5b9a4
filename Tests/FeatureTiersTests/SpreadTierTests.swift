import Concurrency
import TestSupport
import Testing

@testable import FeatureTiers

@Suite struct SpreadTierTests {
  private static let keyCount = 4000
  /// By how much the share of moved keys may be off: four standard deviations of so many draws are under 3.2 %.
  private static let slack = 0.05

  private func spread(_ count: Int, _ clock: Timeline) -> (tiers: [MemoryTier], spread: SpreadTier) {
    let tiers = (0..<count).map { _ in MemoryTier(clock: clock) }
    let guarded = tiers.enumerated().map { index, tier in
      let name = "redis://store-\(index):6379"
      return (
        name, GuardedTier(tier, name: name, patience: .seconds(1), ledger: TierLedger(.store), clock: clock)
      )
    }
    return (tiers, SpreadTier(guarded))
  }

  private func keys(seed: UInt64) -> [TierKey] {
    var random = SeededGenerator(seed: seed)
    return (0..<Self.keyCount).map { _ in
      let bytes = (0..<TierKey.digestByteCount).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      return TierKey(bytes: bytes, contract: bytes)
    }
  }

  @Test(arguments: 1...12) func aNodeThatJoinsTakesItsShareAndNoOtherKeyMoves(count: Int) {
    let seed = UInt64(count)
    let clock = Timeline()
    let (before, after) = (spread(count, clock).spread, spread(count + 1, clock).spread)
    var moved = 0
    for key in keys(seed: seed) where before.place(of: key) != after.place(of: key) {
      moved += 1
      #expect(after.place(of: key) == count, "seed \(seed): a key moved between nodes that were there before")
    }
    #expect(Double(moved) / Double(Self.keyCount) <= 1 / Double(count + 1) + Self.slack, "seed \(seed)")
    #expect(Double(moved) / Double(Self.keyCount) >= 1 / Double(count + 1) - Self.slack, "seed \(seed)")
  }

  @Test func theKeysOfADeadNodeGoToTheOthersAndComeBack() async throws {
    try await Simulation.run(seed: 3) { simulation in
      let clock = simulation.timeline
      let (tiers, spread) = spread(3, clock)
      let keys = keys(seed: 3).prefix(200)
      for key in keys { try await spread.put(key, key.bytes, by: .distantFuture) }
      tiers[1].mood = .failing
      let own = keys.filter { spread.place(of: $0) == 1 }
      for key in own.prefix(2) { _ = try? await spread.get(key, by: .distantFuture) }
      for key in keys {
        let found = try await spread.get(key, by: .distantFuture)
        #expect(found == (own.contains(key) ? nil : key.bytes))
      }
      tiers[1].mood = .well
      try await clock.sleep(for: .seconds(1))
      for key in keys {
        let found = try await spread.get(key, by: .distantFuture)
        #expect(found == key.bytes)
      }
    }
  }

  @Test func aLeaseGoesBackToTheNodeThatGaveIt() async throws {
    let clock = Timeline()
    let (tiers, spread) = spread(4, clock)
    let leases = try await keys(seed: 4).prefix(40).asyncMap {
      try #require(try await spread.lease($0, for: .seconds(10), by: .distantFuture))
    }
    #expect(tiers.reduce(0) { $0 + $1.leaseCount } == 40)
    for lease in leases { try await spread.release(lease, by: .distantFuture) }
    #expect(tiers.reduce(0) { $0 + $1.leaseCount } == 0)
  }
}

extension Sequence where Self: Sendable {
  fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async throws -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await body(element)) }
    return results
  }
}
