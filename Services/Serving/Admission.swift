public import Concurrency
public import Contracts
public import Logging
public import RPC
public import Telemetry

/// Admits calls up to a fixed count, refuses the rest at once, and keeps the ledger of both. Where it forecasts, it also
/// refuses at once who would still be waiting at its deadline.
public final class Admission: Sendable {
  private let limit: Int
  private let what: String
  private let ledger = Lock(Ledger())
  private let forecast: Lock<WaitForecast>?
  private let seconds: DurationMeter
  private let logger: Logger
  private let clock: any MonotonicClock
  private let closing = Lock(false)
  private let traces = TraceRing()

  /// A forecast leaves room for those whose work turns out longer than that of others, and for a machine that slows down
  /// under the load: a shorter line loses no answers, and an answer that comes too late has cost as much as one in time.
  private static let margin = 1.5
  /// Who is refused comes again after that, where nothing better is known: the order of an answer.
  private static let standardRetry = Duration.seconds(1)

  /// `what` is the plural that a refusal names. `logger` hears of every call at `debug`.
  public init(
    limit: Int, of what: String, forecasts: Bool = false, clock: any MonotonicClock,
    metrics: MetricRegistry = MetricRegistry(), logger: Logger = .silent
  ) {
    forecast = forecasts ? Lock(WaitForecast()) : nil
    self.limit = limit
    self.what = what
    self.clock = clock
    self.logger = logger
    seconds = metrics.durations(of: .requestSeconds, what)
    metrics.ask { [weak self] in self?.samples ?? [] }
  }

  /// From now on everything is refused.
  public func close() { closing.withLock { $0 = true } }

  /// Counts a call that was refused before it asked for a place.
  public func refuse(in context: CallContext? = nil) {
    ledger.withLock { $0.refuse() }
    log("refused", nil, context)
  }

  /// Runs `body` in a place of its own, or throws `overloaded` at once where none is free.
  public func withPlace<Result>(
    in context: CallContext? = nil, _ body: () async throws -> Result
  ) async throws -> Result {
    do throws(ServiceError) {
      try enter(by: context?.deadline ?? .distantFuture)
    } catch {
      log("refused", nil, context)
      throw error
    }
    let started = clock.now
    do {
      let result = try await body()
      left { $0.complete() }
      ended("completed", since: started, context)
      return result
    } catch {
      let isCancelled = ServiceError(error).code == .cancelled
      left(served: false) { isCancelled ? $0.cancel() : $0.fail() }
      ended(isCancelled ? "cancelled" : "failed", since: started, context)
      throw error
    }
  }

  /// Books an end, and learns from it how fast others are served.
  private func left(served wasServed: Bool = true, _ book: (inout Ledger) -> Void) {
    // Together, so that who sees that one has left sees what was learnt from it.
    ledger.withLock { ledger in
      book(&ledger)
      forecast?.withLock { $0.left(at: clock.now, wasServed: wasServed, leaving: ledger.inProgress) }
    }
  }

  private func enter(by deadline: Instant) throws(ServiceError) {
    guard !closing.withLock({ $0 }) else {
      ledger.withLock { $0.refuse() }
      throw ServiceError(.unavailable, "shutting down: no new \(what) are taken")
    }
    let count = inProgress
    let wait = forecast?.withLock { $0.wait(behind: count) }
    let left = deadline - clock.now
    if let wait, wait * Self.margin > left {
      ledger.withLock { $0.refuse() }
      throw ServiceError(
        .overloaded, "\(count) \(what) are in progress: this one would wait \(wait), and its deadline is in \(left)",
        retryAfter: max(Self.standardRetry, wait * Self.margin - left))
    }
    let isAdmitted = ledger.withLock { ledger in
      guard ledger.inProgress < limit else {
        ledger.refuse()
        return false
      }
      ledger.accept()
      return true
    }
    guard isAdmitted else {
      // Half of those who are here have gone by then.
      throw ServiceError(
        .overloaded, "\(limit) \(what) are already in progress",
        retryAfter: max(Self.standardRetry, wait.map { $0 / 2 } ?? .zero))
    }
  }

  private func ended(_ outcome: String, since started: Instant, _ context: CallContext?) {
    let now = clock.now
    seconds.record(now - started)
    if let context { traces.add(context, kind: what, outcome: outcome, from: started, to: now) }
    log(outcome, now - started, context)
  }

  /// Where the time of a request went that has ended here, not too long ago.
  public func traces(of trace: TraceID) -> TraceReply {
    TraceReply(records: traces.records(of: trace, at: clock.now))
  }

  private func log(_ outcome: String, _ duration: Duration?, _ context: CallContext?) {
    guard let context, logger.logLevel <= .debug else { return }
    var metadata: Logger.Metadata = [LogKey.trace: "\(context.trace)", LogKey.kind: "\(what)"]
    if let duration { metadata[LogKey.milliseconds] = "\(Double(duration.nanoseconds / 1000) / 1000)" }
    logger.debug("\(outcome)", metadata: metadata)
  }

  public var gauges: [Gauge] {
    let ledger = ledger.withLock { $0 }
    return [
      Gauge("received", ledger.received), Gauge("accepted", ledger.accepted), Gauge("refused", ledger.refused),
      Gauge("completed", ledger.completed), Gauge("failed", ledger.failed), Gauge("cancelled", ledger.cancelled),
      Gauge("in_progress", ledger.inProgress),
    ]
  }

  var samples: [Sample] {
    let ledger = ledger.withLock { $0 }
    let outcomes = [
      ("refused", ledger.refused), ("completed", ledger.completed), ("failed", ledger.failed),
      ("cancelled", ledger.cancelled),
    ]
    return outcomes.map { Metric.requests.sample($1, what, $0) } + [
      Metric.requestsReceived.sample(ledger.received, what), Metric.requestsAccepted.sample(ledger.accepted, what),
      Metric.requestsInProgress.sample(ledger.inProgress, what), Metric.requestLimit.sample(limit, what),
    ]
  }

  public var inProgress: Int { ledger.withLock { $0.inProgress } }
}
