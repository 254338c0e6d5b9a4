import Concurrency
import NIOCore

/// Rings on a loop once a clock has reached an instant, unless it is switched off.
final class Alarm: Sendable {
  private let instant: Instant
  private let clock: any MonotonicClock
  private let loop: any EventLoop
  private let ring: @Sendable () -> Void
  private let timer = Lock<(isOff: Bool, scheduled: Scheduled<Void>?)>((false, nil))

  init(
    at instant: Instant, of clock: any MonotonicClock, on loop: any EventLoop, _ ring: @escaping @Sendable () -> Void
  ) {
    self.instant = instant
    self.clock = clock
    self.loop = loop
    self.ring = ring
    wind()
  }

  func switchOff() {
    timer.withLock { timer in
      timer.isOff = true
      return timer.scheduled.take()
    }?.cancel()
  }

  /// The loop has a clock of its own, so ours is asked when it wakes.
  private func wind() {
    let left = max(0, (instant - clock.now).nanoseconds)
    timer.withLock { timer in
      guard !timer.isOff else { return }
      timer.scheduled = loop.scheduleTask(in: .nanoseconds(left)) { self.wake() }
    }
  }

  private func wake() {
    guard clock.now >= instant else { return wind() }
    if timer.withLock({ !$0.isOff }) { ring() }
  }
}
