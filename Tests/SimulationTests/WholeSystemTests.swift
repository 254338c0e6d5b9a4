import ModelFixtures
import SimulatedSystem
import Testing

/// The whole system, for each seed another one: asked, disturbed, brought to rest, checked.
@Suite struct WholeSystemTests {
  /// Those that are run in the gate; `make simulate` runs 10,000.
  static let seeds: ClosedRange<UInt64> = 1...200

  private func kit() throws -> ModelKit { try ModelKit(try CheckpointGolden.splitting("next")) }

  @Test func nothingIsLostDoubledOrWrongUnderTwoHundredSeeds() async throws {
    let kit = try kit()
    var answeredCount = 0
    for seed in Self.seeds {
      let report = try await SimulatedSystem.run(seed: seed, kit)
      #expect(report.violations.isEmpty, "seed \(seed): \(report.violations)")
      answeredCount += report.answeredCount
    }
    // A system that refuses everything breaks no rule.
    #expect(answeredCount > Self.seeds.count * 50, "\(answeredCount) of \(Self.seeds.count * 100) were answered")
  }

  @Test func theSameSeedGivesTheSameTraceToTheByte() async throws {
    let kit = try kit()
    for seed in Self.seeds.lowerBound..<Self.seeds.lowerBound + 10 {
      let first = try await SimulatedSystem.run(seed: seed, kit, keepsTrace: true).trace
      #expect(try await SimulatedSystem.run(seed: seed, kit, keepsTrace: true).trace == first, "seed \(seed)")
      #expect(try await SimulatedSystem.run(seed: seed + 1000, kit, keepsTrace: true).trace != first, "seed \(seed)")
    }
  }
}
