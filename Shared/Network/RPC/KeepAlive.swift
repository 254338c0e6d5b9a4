import Concurrency

/// Decides when to ping, and when a silent peer is gone.
///
/// A process that was itself stopped must not blame its peer: a tick that comes late restarts the silence.
struct KeepAlive {
  enum Verdict: Equatable { case rest, ping, dead(silentFor: Duration) }

  private let interval: Duration
  private let silence: Duration
  private var lastHeard: Instant
  private var lastTick: Instant

  init(limits: Limits, at now: Instant) {
    interval = limits.pingInterval
    silence = limits.silence
    lastHeard = now
    lastTick = now
  }

  mutating func heard(at now: Instant) { lastHeard = max(lastHeard, now) }

  mutating func tick(at now: Instant) -> Verdict {
    if now - lastTick > interval * 3 { lastHeard = now }
    lastTick = now
    let quiet = now - lastHeard
    if quiet >= silence { return .dead(silentFor: quiet) }
    return quiet >= interval ? .ping : .rest
  }
}
