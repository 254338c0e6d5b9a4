public import Concurrency
import Routing

/// A tier that cannot hold anybody up: each call waits so long and no longer, and one that has failed is left alone for
/// a while, then probed by a single call.
public final class GuardedTier: FeatureTier {
  private let tier: any FeatureTier
  private let name: String
  private let patience: Duration
  private let ledger: TierLedger
  private let clock: any MonotonicClock
  private let health: Lock<WorkerHealth<Instant>>

  /// Two failures in a row and it rests: one may be a machine that was busy.
  private static let failureLimit = 2

  /// `name` is for logs; `patience` is what a call may take, within its own deadline.
  public init(
    _ tier: any FeatureTier, name: String, patience: Duration, ledger: TierLedger, clock: any MonotonicClock
  ) {
    self.tier = tier
    self.name = name
    self.patience = patience
    self.ledger = ledger
    self.clock = clock
    health = Lock(WorkerHealth(failureLimit: Self.failureLimit) { $0 + $1 })
  }

  /// Whether a call would be made now.
  public var isAdmitted: Bool {
    let now = clock.now
    return health.withLock { $0.verdict(at: now) != .refuse }
  }

  public func get(_ key: TierKey, by deadline: Instant) async throws -> [UInt8]? {
    try await guarded("get", by: deadline) { [tier] in try await tier.get(key, by: $0) }
  }

  public func put(_ key: TierKey, _ value: [UInt8], by deadline: Instant) async throws {
    try await guarded("put", by: deadline) { [tier] in try await tier.put(key, value, by: $0) }
  }

  public func lease(_ key: TierKey, for duration: Duration, by deadline: Instant) async throws -> TierLease? {
    try await guarded("lease", by: deadline) { [tier] in try await tier.lease(key, for: duration, by: $0) }
  }

  public func release(_ lease: TierLease, by deadline: Instant) async throws {
    try await guarded("release", by: deadline) { [tier] in try await tier.release(lease, by: $0) }
  }

  private func guarded<Result: Sendable>(
    _ operation: String, by deadline: Instant, _ call: @escaping @Sendable (Instant) async throws -> Result
  ) async throws -> Result {
    let started = clock.now
    guard health.withLock({ $0.begins(at: started) }) else {
      ledger.count(.skips)
      throw TierError(.resting, "\(name) failed a moment ago and is left alone")
    }
    let own = started + patience
    do {
      let result = try await limited(by: min(deadline, own), call)
      ledger.took(clock.now - started, operation)
      recovered()
      return result
    } catch {
      learn(from: error, isOwnDeadline: deadline < own)
      throw error
    }
  }

  /// The call's result, or an error at the limit. A result that comes all the same is used: it may be a lease, which
  /// nobody would give back.
  private func limited<Value: Sendable>(
    by limit: Instant, _ call: @escaping @Sendable (Instant) async throws -> Value
  ) async throws -> Value {
    let result = await withTaskGroup(of: Result<Value, any Error>?.self) { group -> Result<Value, any Error>? in
      group.addTask {
        do { return .success(try await call(limit)) } catch { return .failure(error) }
      }
      group.addTask { [clock] in
        try? await clock.sleep(until: limit)  // ends sooner where the task is cancelled
        return nil
      }
      if let result = await group.next() ?? nil {
        group.cancelAll()
        return result
      }
      group.cancelAll()
      guard case .success(let value)?? = await group.next() else { return nil }
      return .success(value)
    }
    if let result { return try result.get() }
    try Task.checkCancellation()
    throw TierError(.late, "\(name) did not answer in time")
  }

  private func recovered() {
    let isNews = health.withLock { health in
      defer { health.succeeded() }
      if case .healthy = health.state { return false }
      return true
    }
    if isNews { ledger.note("\(name) answers again") }
  }

  /// What the asker did, by giving up or by asking too late, says nothing about the tier; no room is an answer.
  private func learn(from error: any Error, isOwnDeadline: Bool) {
    let now = clock.now
    let failure =
      error as? TierError ?? (error is CancellationError ? nil : TierError(.unavailable, "\(name): \(error)"))
    if failure?.code == .full { return recovered() }
    guard let failure, !Task.isCancelled, failure.code != .late || !isOwnDeadline else {
      return health.withLock { $0.abandoned(at: now) }
    }
    ledger.count(.failures)
    let rests = health.withLock { health in
      let before = health.state
      health.failed(at: now)
      guard case .healthy = before, case .broken = health.state else { return false }
      return true
    }
    if rests { ledger.warn("\(failure.message); it is left alone and probed from time to time") }
  }
}

extension WorkerHealth {
  /// Whether a call may begin; takes the probe where that is what it is.
  fileprivate mutating func begins(at now: Instant) -> Bool {
    guard verdict(at: now) != .refuse else { return false }
    began(at: now)
    return true
  }
}
