import ModelFixtures
import SimulatedSystem
import Testing

/// The whole system, for each seed another one: asked, disturbed, brought to rest, checked.
@Suite struct WholeSystemTests {
  /// Those that are run in the gate; `make simulate` runs 10,000.
  static let seeds: ClosedRange<UInt64> = 1...200

  /// What has to happen somewhere in them, or nothing is known of it.
  private static let happenings = [
    "llava_retries_total vision", "llava_retries_total decoder", "llava_hedges_total",
    "llava_feature_cache_joins_total features", "llava_feature_cache_evictions_total features",
    "llava_feature_cache_evictions_total pictures", "llava_feature_store_events_total hits",
    "llava_feature_store_events_total waits", "llava_feature_store_events_total failures",
    "llava_feature_store_events_total skips", "llava_feature_store_events_total refusals",
    "llava_requests_total refused", "llava_requests_total cancelled", "llava_requests_total failed",
    "llava_decoder_cached_tokens_total", "llava_decoder_accepted_tokens_total", "llava_decoder_restored_blocks_total",
  ]

  private func kit() throws -> ModelKit { try ModelKit(try CheckpointGolden.splitting("next")) }

  @Test func nothingIsLostDoubledOrWrongUnderTwoHundredSeeds() async throws {
    let kit = try kit()
    var answeredCount = 0
    var counts: [String: Int] = [:]
    for seed in Self.seeds {
      let report = try await SimulatedSystem.run(seed: seed, kit, keepsCounts: true)
      #expect(report.violations.isEmpty, "seed \(seed): \(report.violations)")
      answeredCount += report.answeredCount
      for name in Self.happenings { counts[name, default: 0] += report.counts(name) }
    }
    for name in Self.happenings { #expect(counts[name, default: 0] > 0, "\(name) never happened") }
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
