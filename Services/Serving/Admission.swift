public import Concurrency
public import Contracts
import RPC
import Telemetry

/// Admits calls up to a fixed count, refuses the rest at once, and keeps the ledger of both.
public final class Admission: Sendable {
  private let limit: Int
  private let what: String
  private let ledger = Lock(Ledger())
  private let metrics: CallMetrics
  private let clock: any MonotonicClock
  private let closing = Lock(false)

  /// `what` is the plural that a refusal names.
  public init(limit: Int, of what: String, clock: any MonotonicClock) {
    self.limit = limit
    self.what = what
    self.clock = clock
    metrics = CallMetrics(process: what)
  }

  /// From now on everything is refused.
  public func close() { closing.withLock { $0 = true } }

  /// Runs `body` in a place of its own, or throws `overloaded` at once where none is free.
  public func withPlace<Result>(_ body: () async throws -> Result) async throws -> Result {
    guard !closing.withLock({ $0 }) else {
      ledger.withLock { $0.refuse() }
      metrics.ended(.refused)
      throw ServiceError(.unavailable, "shutting down: no new \(what) are taken")
    }
    guard
      ledger.withLock({ ledger in
        guard ledger.inProgress < limit else {
          ledger.refuse()
          return false
        }
        ledger.accept()
        return true
      })
    else {
      metrics.ended(.refused)
      // Nobody knows when a place is free; a second is the order of an answer, and keeps clients from hammering.
      throw ServiceError(.overloaded, "\(limit) \(what) are already in progress", retryAfter: .seconds(1))
    }
    let started = clock.now
    do {
      let result = try await body()
      ledger.withLock { $0.complete() }
      metrics.ended(.completed, after: (clock.now - started).nanoseconds)
      return result
    } catch {
      let isCancelled = ServiceError(error).code == .cancelled
      ledger.withLock { isCancelled ? $0.cancel() : $0.fail() }
      metrics.ended(isCancelled ? .cancelled : .failed, after: (clock.now - started).nanoseconds)
      throw error
    }
  }

  public var gauges: [Gauge] {
    let ledger = ledger.withLock { $0 }
    return [
      Gauge("received", ledger.received), Gauge("accepted", ledger.accepted), Gauge("refused", ledger.refused),
      Gauge("completed", ledger.completed), Gauge("failed", ledger.failed), Gauge("cancelled", ledger.cancelled),
      Gauge("in_progress", ledger.inProgress),
    ]
  }

  public var inProgress: Int { ledger.withLock { $0.inProgress } }
}
