public import Concurrency
public import FeatureTiers

/// A tier in memory, as slow and as broken as a test wants it.
public final class MemoryTier: FeatureTier {
  public enum Mood: Sendable { case well, full, failing, hanging }

  private struct State {
    var mood = Mood.well
    var delay = Duration.zero
    var values: [TierKey: [UInt8]] = [:]
    var leases: [TierKey: (token: [UInt8], end: Instant)] = [:]
    var callCount = 0
    var nextToken: UInt64 = 0
  }

  private let clock: any MonotonicClock
  private let state = Lock(State())

  public init(clock: any MonotonicClock) { self.clock = clock }

  public var mood: Mood {
    get { state.withLock { $0.mood } }
    set { state.withLock { $0.mood = newValue } }
  }

  public var delay: Duration {
    get { state.withLock { $0.delay } }
    set { state.withLock { $0.delay = newValue } }
  }

  public var values: [TierKey: [UInt8]] {
    get { state.withLock { $0.values } }
    set { state.withLock { $0.values = newValue } }
  }

  public var callCount: Int { state.withLock { $0.callCount } }
  public var leaseCount: Int { state.withLock { $0.leases.count } }

  /// Leases that keep others waiting now.
  public var heldLeaseCount: Int {
    let now = clock.now
    return state.withLock { $0.leases.values.count { $0.end > now } }
  }

  public func get(_ key: TierKey, by deadline: Instant) async throws -> [UInt8]? {
    try await enter(isWrite: false)
    return state.withLock { $0.values[key] }
  }

  public func put(_ key: TierKey, _ value: [UInt8], by deadline: Instant) async throws {
    try await enter(isWrite: true)
    state.withLock { $0.values[key] = value }
  }

  public func lease(_ key: TierKey, for duration: Duration, by deadline: Instant) async throws -> TierLease? {
    try await enter(isWrite: false)
    let now = clock.now
    return state.withLock { state in
      if let held = state.leases[key], held.end > now { return nil }
      state.nextToken += 1
      let token = (0..<8).map { UInt8(truncatingIfNeeded: state.nextToken >> (8 * $0)) }
      state.leases[key] = (token, now + duration)
      return TierLease(key, token: token)
    }
  }

  public func release(_ lease: TierLease, by deadline: Instant) async throws {
    try await enter(isWrite: false)
    state.withLock { if $0.leases[lease.key]?.token == lease.token { $0.leases[lease.key] = nil } }
  }

  private func enter(isWrite: Bool) async throws {
    let (mood, delay) = state.withLock { state in
      state.callCount += 1
      return (state.mood, state.delay)
    }
    switch mood {
    case .failing: throw TierError(.unavailable, "a tier that fails")
    case .full where isWrite: throw TierError(.full, "a tier that is full")
    case .hanging: try await clock.sleep(until: .distantFuture)
    case .well, .full: break
    }
    if delay > .zero { try await clock.sleep(for: delay) }
  }
}
