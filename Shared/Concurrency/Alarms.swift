import Dispatch
import HeapModule

/// Tasks that sleep, and the timer that wakes them.
///
/// `Task.sleep` keeps a cancelled sleep until its time would have come (600 bytes of it, in Swift 6.3): deadlines of minutes,
/// nearly all of them cancelled, would be megabytes that nobody uses. Here a cancelled sleep is forgotten at once.
final class Alarms: Sendable {
  /// Of the machine's clock.
  static let system = Alarms()

  private struct Alarm: Comparable {
    let instant: Instant
    let number: Int

    static func < (left: Alarm, right: Alarm) -> Bool { (left.instant, left.number) < (right.instant, right.number) }
  }

  private struct Guarded {
    var sleepers: [Int: CheckedContinuation<Void, any Error>] = [:]
    /// Of all sleepers, and of some who were cancelled.
    var alarms = Heap<Alarm>()
    var nextNumber = 0
  }

  private let guarded = Lock(Guarded())
  // Sound: a dispatch source may be set from any thread.
  nonisolated(unsafe) private let timer = DispatchSource.makeTimerSource()

  /// Dispatch's own arithmetic ends after centuries; who sleeps longer than this is looked at again.
  private static let longestWait = Duration.seconds(86400)
  /// So many of the cancelled are no burden.
  private static let spareCount = 64

  init() {
    timer.setEventHandler { [unowned self] in ring() }
    timer.activate()
  }

  /// Who sleeps now, and of how many the time is kept.
  var counts: (sleepers: Int, alarms: Int) { guarded.withLock { ($0.sleepers.count, $0.alarms.count) } }

  /// Returns at `instant` or after; throws `CancellationError` as soon as the task is cancelled.
  func sleep(until instant: Instant) async throws {
    let number = guarded.withLock { guarded in
      guarded.nextNumber += 1
      return guarded.nextNumber
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { sleeper in
        let isCancelled = guarded.withLock { guarded in
          guard !Task.isCancelled else { return true }
          guarded.sleepers[number] = sleeper
          let isFirst = guarded.alarms.min.map { instant < $0.instant } ?? true
          guarded.alarms.insert(Alarm(instant: instant, number: number))
          if isFirst { set(instant) }
          return false
        }
        if isCancelled { sleeper.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      forget(number)?.resume(throwing: CancellationError())
    }
  }

  private func forget(_ number: Int) -> CheckedContinuation<Void, any Error>? {
    guarded.withLock { guarded in
      let sleeper = guarded.sleepers.removeValue(forKey: number)
      if guarded.alarms.count > 2 * guarded.sleepers.count + Self.spareCount {
        guarded.alarms = Heap(guarded.alarms.unordered.filter { guarded.sleepers[$0.number] != nil })
      }
      return sleeper
    }
  }

  /// Under the lock, so that a later alarm never replaces an earlier one.
  private func set(_ instant: Instant) {
    let wait = min(max(instant - SystemClock().now, .zero), Self.longestWait)
    timer.schedule(deadline: .now() + .nanoseconds(Int(wait.nanoseconds)), leeway: .nanoseconds(0))
  }

  private func ring() {
    let sleepers = guarded.withLock { guarded in
      let now = SystemClock().now
      var due: [CheckedContinuation<Void, any Error>] = []
      while let first = guarded.alarms.min, first.instant <= now {
        guarded.alarms.removeMin()
        if let sleeper = guarded.sleepers.removeValue(forKey: first.number) { due.append(sleeper) }
      }
      if let next = guarded.alarms.min { set(next.instant) }
      return due
    }
    for sleeper in sleepers { sleeper.resume() }
  }
}
