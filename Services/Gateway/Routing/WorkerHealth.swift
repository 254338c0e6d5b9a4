/// Whether a worker may be given work, from what became of the work it was given.
///
/// Broken after a few failures in a row; then it rests, longer each time, and one piece of work is sent to learn whether
/// it does better.
public struct WorkerHealth<Instant: Comparable & Sendable>: Sendable {
  public enum Verdict: Equatable, Sendable {
    case admit
    /// Send one piece of work, and nothing else before it is known what became of it.
    case probe
    case refuse
  }

  public enum State: Sendable {
    /// Answering. This many failures in a row so far.
    case healthy(failures: Int)
    /// Not answering. Nothing is sent before `retryAt`.
    case broken(retryAt: Instant, rests: Int)
    /// One piece of work is out to learn whether it answers again.
    case probing(rests: Int)
  }

  public private(set) var state = State.healthy(failures: 0)
  private let failureLimit: Int
  private let rest: Duration
  private let longestRest: Duration
  private let later: @Sendable (Instant, Duration) -> Instant

  /// `later` adds a duration to an instant, whatever clock the instants are of.
  public init(
    failureLimit: Int = 3, rest: Duration = .seconds(1), longestRest: Duration = .seconds(30),
    later: @escaping @Sendable (Instant, Duration) -> Instant
  ) {
    self.failureLimit = failureLimit
    self.rest = rest
    self.longestRest = longestRest
    self.later = later
  }

  /// What may be sent at `now`; changes nothing.
  public func verdict(at now: Instant) -> Verdict {
    switch state {
    case .healthy: .admit
    case .probing: .refuse
    case .broken(let retryAt, _): now >= retryAt ? .probe : .refuse
    }
  }

  /// Work is sent. A rested worker is probed by it.
  public mutating func began(at now: Instant) {
    if case .broken(_, let rests) = state, verdict(at: now) == .probe { state = .probing(rests: rests) }
  }

  public mutating func succeeded() { state = .healthy(failures: 0) }

  public mutating func failed(at now: Instant) {
    switch state {
    case .healthy(let failures) where failures + 1 < failureLimit: state = .healthy(failures: failures + 1)
    case .healthy: state = .broken(retryAt: later(now, rest), rests: 1)
    case .probing(let rests):
      let duration = min(longestRest, rest * (1 << min(rests, 20)))
      state = .broken(retryAt: later(now, duration), rests: rests + 1)
    case .broken: break
    }
  }

  /// The work ended without a word on the worker: its caller went away.
  public mutating func abandoned(at now: Instant) {
    if case .probing(let rests) = state { state = .broken(retryAt: now, rests: rests) }
  }
}
