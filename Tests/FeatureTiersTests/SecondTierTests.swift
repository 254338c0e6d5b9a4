import Concurrency
import FeatureTiers
import TestSupport
import Testing

@Suite struct SecondTierTests {
  private static let coding = SecondTier.Coding<[UInt8]>(bytes: { $0 }, value: { $0 == [0xbd] ? nil : $0 })
  /// What making a value takes: longer than a look, shorter than a lease.
  private static let makeTime = Duration.seconds(2)

  private struct Failure: Error {}

  /// Gateways that share one tier, each with its own guard.
  private struct World: Sendable {
    let clock: Timeline
    let tier: MemoryTier
    let gateways: [SecondTier]
    let ledgers: [TierLedger]
    let made = Lock(0)

    /// The value by gateway number `index`, and whether it was found.
    @discardableResult
    func ask(_ index: Int, _ number: Int = 1) async throws -> Bool {
      let (value, isFound) = try await gateways[index].value(key(number), SecondTierTests.coding, by: .distantFuture) {
        try await clock.sleep(for: SecondTierTests.makeTime)
        made.withLock { $0 += 1 }
        return [UInt8(number)]
      }
      #expect(value == [UInt8(number)])
      return isFound
    }

    /// Returns once everything on its way to the tier is there.
    func settle() async throws { try await clock.sleep(for: .seconds(1)) }
  }

  private func simulate(
    seed: UInt64 = 1, gateways count: Int = 2, _ options: SecondTier.Options = .init(),
    _ body: @escaping @Sendable (World) async throws -> Void
  ) async throws {
    try await Simulation.run(seed: seed) { simulation in
      let clock = simulation.timeline
      let tier = MemoryTier(clock: clock)
      let ledgers = (0..<count).map { _ in TierLedger(.store) }
      let gateways = ledgers.map { ledger in
        SecondTier(
          GuardedTier(tier, name: "tier", patience: .milliseconds(500), ledger: ledger, clock: clock),
          options: options, ledger: ledger, clock: clock)
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for gateway in gateways { group.addTask { await gateway.run() } }
        try await body(World(clock: clock, tier: tier, gateways: gateways, ledgers: ledgers))
        group.cancelAll()
      }
    }
  }

  @Test func whatOneGatewayMadeAnotherFinds() async throws {
    try await simulate { world in
      let first = try await world.ask(0)
      try await world.settle()
      let second = try await world.ask(1)
      #expect(!first && second)
      #expect(world.made.withLock { $0 } == 1 && world.tier.leaseCount == 0)
      #expect((world.ledgers[0].count(of: .misses), world.ledgers[1].count(of: .hits)) == (1, 1))
    }
  }

  @Test func aKeyThatManyGatewaysMissAtOnceIsMadeOnce() async throws {
    for seed in 1...UInt64(50) {
      try await simulate(seed: seed, gateways: 4) { world in
        world.tier.delay = .milliseconds(Int.random(in: 0...30))
        try await withThrowingTaskGroup(of: Bool.self) { group in
          for index in 0..<4 { for number in 1...3 { group.addTask { try await world.ask(index, number) } } }
          let found = try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
          #expect(found == 9, "seed \(seed)")
        }
        #expect(world.made.withLock { $0 } == 3, "seed \(seed)")
        try await world.settle()
        #expect(world.tier.leaseCount == 0, "seed \(seed)")
      }
    }
  }

  /// The holder of the lease is killed: it neither fills nor gives back.
  @Test func aLeaseOfADeadGatewayCostsItsDurationAtMost() async throws {
    try await simulate { world in
      _ = try await world.tier.lease(key(1), for: .seconds(10), by: .distantFuture)
      let started = world.clock.now
      let isFound = try await world.ask(0)
      #expect(!isFound)
      #expect(world.clock.now - started <= .seconds(10) + Self.makeTime + .milliseconds(500))
    }
  }

  @Test func whoFailsOrIsCancelledLetsTheNextOneMakeIt() async throws {
    try await simulate { world in
      await #expect(throws: Failure.self) {
        try await world.gateways[0].value(key(1), Self.coding, by: .distantFuture) { throw Failure() }
      }
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await world.ask(0, 2) }
        try? await world.clock.sleep(for: .milliseconds(100))
        group.cancelAll()
      }
      let started = world.clock.now
      let found = [try await world.ask(1, 1), try await world.ask(1, 2)]
      #expect(found == [false, false])
      #expect(world.clock.now - started < Self.makeTime * 2 + .seconds(1))
    }
  }

  @Test(arguments: [MemoryTier.Mood.failing, .hanging, .full])
  func aTierThatDoesNotWorkCostsTimeAndNothingElse(mood: MemoryTier.Mood) async throws {
    try await simulate { world in
      world.tier.mood = mood
      let started = world.clock.now
      for number in 1...5 {
        let isFound = try await world.ask(0, number)
        #expect(!isFound)
      }
      #expect(world.clock.now - started <= Self.makeTime * 5 + .seconds(2))
      world.tier.mood = .well
      try await world.clock.sleep(for: .seconds(60))
      try await world.ask(0, 6)
      try await world.settle()
      let isFound = try await world.ask(1, 6)
      #expect(isFound)
    }
  }

  @Test func whatDoesNotReadAsAValueIsMadeAnewAndReplaced() async throws {
    try await simulate { world in
      world.tier.values = [key(1): [0xbd]]
      let first = try await world.ask(0)
      try await world.settle()
      let second = try await world.ask(1)
      #expect(!first && second && world.tier.values[key(1)] == [1])
      #expect(world.ledgers[0].count(of: .damages) >= 1)
    }
  }

  @Test func valuesThatComeFasterThanTheyAreWrittenAreDroppedAndNotKeptWaiting() async throws {
    var options = SecondTier.Options()
    options.pendingByteCount = 3
    try await simulate(gateways: 1, options) { world in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 1...20 { group.addTask { try await world.ask(0, number) } }
        try await world.clock.sleep(for: Self.makeTime / 2)
        world.tier.delay = .milliseconds(400)
        try await group.waitForAll()
      }
      let dropped = world.ledgers[0].count(of: .drops)
      #expect((16...17).contains(dropped))
      try await world.clock.sleep(for: .seconds(60))
      #expect(world.tier.values.count == 20 - dropped && world.tier.leaseCount == 0)
    }
  }

  /// Between the look and the lease another gateway has made it and has given its own lease back.
  @Test func whatWasFilledBeforeTheLeaseCameIsNotMadeAgain() async throws {
    let clock = Timeline()
    let tier = MemoryTier(clock: clock)
    let gateway = SecondTier(FilledInBetween(inner: tier), ledger: TierLedger(.store), clock: clock)
    let (value, isFound) = try await gateway.value(key(1), Self.coding, by: .distantFuture) { throw Failure() }
    #expect(isFound && value == [1])
  }

  /// Whoever asked has gone, or the tier has: the lease must not keep others waiting, or a file open, for ever.
  @Test func aLeaseIsGivenBackWhereTheLookAfterItFails() async throws {
    let clock = Timeline()
    let tier = MemoryTier(clock: clock)
    let gateway = SecondTier(FailsAfterTheLease(inner: tier), ledger: TierLedger(.store), clock: clock)
    let (value, isFound) = try await gateway.value(key(1), Self.coding, by: .distantFuture) { [7] }
    #expect(!isFound && value == [7] && tier.leaseCount == 1)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await gateway.run() }
      while tier.leaseCount > 0 { await Task.yield() }
      group.cancelAll()
    }
  }

  private final class FailsAfterTheLease: FeatureTier {
    let inner: MemoryTier
    private let hasLease = Lock(false)

    init(inner: MemoryTier) { self.inner = inner }

    func get(_ key: TierKey, by deadline: Instant) async throws -> [UInt8]? {
      if hasLease.withLock({ $0 }) { throw CancellationError() }
      return try await inner.get(key, by: deadline)
    }

    func put(_ key: TierKey, _ value: [UInt8], by deadline: Instant) async throws {
      try await inner.put(key, value, by: deadline)
    }

    func lease(_ key: TierKey, for duration: Duration, by deadline: Instant) async throws -> TierLease? {
      hasLease.withLock { $0 = true }
      return try await inner.lease(key, for: duration, by: deadline)
    }

    func release(_ lease: TierLease, by deadline: Instant) async throws { try await inner.release(lease, by: deadline) }
  }

  private struct FilledInBetween: FeatureTier {
    let inner: MemoryTier

    func get(_ key: TierKey, by deadline: Instant) async throws -> [UInt8]? { try await inner.get(key, by: deadline) }

    func put(_ key: TierKey, _ value: [UInt8], by deadline: Instant) async throws {
      try await inner.put(key, value, by: deadline)
    }

    func lease(_ key: TierKey, for duration: Duration, by deadline: Instant) async throws -> TierLease? {
      try await inner.put(key, [1], by: deadline)
      return try await inner.lease(key, for: duration, by: deadline)
    }

    func release(_ lease: TierLease, by deadline: Instant) async throws { try await inner.release(lease, by: deadline) }
  }
}
