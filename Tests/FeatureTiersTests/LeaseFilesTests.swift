import Concurrency
import Foundation
import Testing

@testable import FeatureTiers

@Suite struct LeaseFilesTests {
  private let folder = Folder()

  private func lease(_ tier: DirectoryTier, _ index: Int) async throws -> TierLease? {
    try await tier.lease(key(index), for: .seconds(1), by: .distantFuture)
  }

  @Test func ofTwoProcessesOneHasTheLeaseAndThenTheOther() async throws {
    let tiers = [try folder.tier(), try folder.tier()]
    let first = try #require(try await lease(tiers[0], 1))
    #expect(try await lease(tiers[1], 1) == nil)
    #expect(try await lease(tiers[1], 2) != nil)
    try await tiers[0].release(first, by: .distantFuture)
    #expect(try await lease(tiers[1], 1) != nil)
    #expect(try await lease(tiers[0], 1) == nil)
    withExtendedLifetime(tiers) {}
  }

  @Test(.timeLimit(.minutes(1))) func aLeaseEndsWithItsHolder() async throws {
    let tier = try folder.tier()
    do {
      let killed = try folder.tier()
      #expect(try await lease(killed, 1) != nil)
      #expect(try await lease(tier, 1) == nil)
    }
    // The thread that took the lease lets go of its call after it has answered.
    while try await lease(tier, 1) == nil { await Task.yield() }
  }

  @Test func moreLeasesThanDescriptorsMayTakeLockNothing() async throws {
    let tiers = [try folder.tier(), try folder.tier()]
    var held: [TierLease] = []
    for index in 0..<TierLimits.leaseFileCount { held.append(try #require(try await lease(tiers[0], index))) }
    #expect(try #require(try await lease(tiers[0], 1000)).token.isEmpty)
    for lease in held { try await tiers[0].release(lease, by: .distantFuture) }
    #expect(try #require(try await lease(tiers[0], 1000)).token.isEmpty == false)
  }
}
