public import Concurrency

/// What a gateway asks after its own memory: a tier is looked into before anything is made, and filled by who makes it.
///
/// Of several gateways that miss a key at once, one makes it, by a lease in the tier; the others look again and again,
/// for a bounded time, then make it themselves. Whatever the tier does costs time and nothing else.
public final class SecondTier: Sendable {
  public struct Options: Sendable {
    /// How long a missing key is somebody's to fill, and how long the others wait: what a view takes on a slow machine
    /// with a line of others before it.
    public var leaseDuration = Duration.seconds(10)
    /// Between two looks at a key that another fills: first, and at most.
    public var pollInterval = Duration.milliseconds(20)
    public var longestPollInterval = Duration.milliseconds(200)
    /// Values on their way to the tier: 50 views of 1.2 MiB; more are dropped.
    public var pendingByteCount = 64 << 20

    public init() {}
  }

  /// How a value becomes bytes and back.
  public struct Coding<Value: Sendable>: Sendable {
    let bytes: @Sendable (Value) -> [UInt8]
    let value: @Sendable ([UInt8]) -> Value?

    /// `value` returns nothing for bytes that are not what the key promises.
    public init(bytes: @escaping @Sendable (Value) -> [UInt8], value: @escaping @Sendable ([UInt8]) -> Value?) {
      self.bytes = bytes
      self.value = value
    }
  }

  public var kind: TierKind { ledger.kind }
  private let tier: any FeatureTier
  private let options: Options
  private let ledger: TierLedger
  private let clock: any MonotonicClock
  private let writes: TierWrites

  /// `tier` bounds the time of each call, as a `GuardedTier` does.
  public init(_ tier: any FeatureTier, options: Options = Options(), ledger: TierLedger, clock: any MonotonicClock) {
    self.tier = tier
    self.options = options
    self.ledger = ledger
    self.clock = clock
    writes = TierWrites(to: tier, byteCount: options.pendingByteCount, ledger: ledger)
  }

  /// What it did so far.
  public func count(of event: TierLedger.Event) -> Int { ledger.count(of: event) }

  /// What a directory holds; a store does not say.
  public var held: (byteCount: Int, count: Int)? { kind == .disk ? ledger.held : nil }

  /// Writes what was made, behind the answers, until the task is cancelled.
  public func run() async { await writes.run() }

  /// The value under `key`, and whether it was found: where it was not, `make` has made it. Throws what `make` throws,
  /// and nothing of the tier.
  public func value<Value: Sendable>(
    _ key: TierKey, _ coding: Coding<Value>, by deadline: Instant, make: () async throws -> Value
  ) async throws -> (value: Value, isFound: Bool) {
    var lease: TierLease?
    switch await search(key, coding, by: deadline) {
    case .found(let value): return (value, true)
    case .mine(let own): lease = own
    case .nobodys: break
    }
    do {
      try Task.checkCancellation()
      let value = try await make()
      writes.put(key, coding.bytes(value), releasing: lease)
      return (value, false)
    } catch {
      if let lease { writes.release(lease) }
      throw error
    }
  }

  private enum Search<Value> {
    case found(Value)
    case mine(TierLease)
    /// The tier cannot say, or another has taken too long.
    case nobodys
  }

  private func search<Value>(_ key: TierKey, _ coding: Coding<Value>, by deadline: Instant) async -> Search<Value> {
    let limit = min(deadline, clock.now + options.leaseDuration)
    var interval = options.pollInterval
    var hasWaited = false
    do {
      while true {
        if let bytes = try await tier.get(key, by: deadline) {
          if let value = coding.value(bytes) {
            ledger.count(.hits)
            return .found(value)
          }
          ledger.count(.damages, firstTime: "a value is whole, but no feature of its contract")
        }
        if let lease = try await tier.lease(key, for: options.leaseDuration, by: deadline) {
          if let value = try await value(of: key, besides: lease, coding, by: deadline) {
            ledger.count(.hits)
            return .found(value)
          }
          ledger.count(.misses)
          return .mine(lease)
        }
        if !hasWaited { ledger.count(.waits) }
        hasWaited = true
        guard clock.now + interval < limit else { break }
        try await clock.sleep(for: interval)
        interval = min(interval * 2, options.longestPollInterval)
      }
    } catch {
      // A tier that fails is a miss: it has been counted, and said, where it failed.
    }
    ledger.count(.misses)
    return .nobodys
  }

  /// What was filled between the look and the lease, or nothing: then the lease is the caller's.
  private func value<Value>(
    of key: TierKey, besides lease: TierLease, _ coding: Coding<Value>, by deadline: Instant
  ) async throws -> Value? {
    do {
      guard let value = try await tier.get(key, by: deadline).flatMap(coding.value) else { return nil }
      writes.release(lease)
      return value
    } catch {
      writes.release(lease)
      throw error
    }
  }
}
