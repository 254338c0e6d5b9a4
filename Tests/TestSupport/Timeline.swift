public import Concurrency

/// What happens when in a simulation: a clock that jumps from one event to the next.
public final class Timeline: MonotonicClock {
  private struct Event {
    let at: Instant
    let number: Int
    let action: @Sendable () -> Void
  }

  private struct State {
    var now = Instant(nanoseconds: 0)
    /// Latest first; of the same instant the last that was added first.
    var events: [Event] = []
    var nextNumber = 0
    var sleepers: [Int: CheckedContinuation<Void, any Error>] = [:]
  }

  private let state = Lock(State())

  public init() {}

  public var now: Instant { state.withLock { $0.now } }

  /// Has `action` happen at `instant`, after everything that was planned for it before.
  @discardableResult
  public func plan(at instant: Instant, _ action: @escaping @Sendable () -> Void) -> Int {
    state.withLock { state in
      state.nextNumber += 1
      let event = Event(at: max(instant, state.now), number: state.nextNumber, action: action)
      let place = state.events.firstIndex { $0.at <= event.at } ?? state.events.count
      state.events.insert(event, at: place)
      return event.number
    }
  }

  /// Moves to the next event and has it happen; false where there is none.
  func step() -> Bool {
    let event = state.withLock { state -> Event? in
      guard let event = state.events.popLast() else { return nil }
      state.now = event.at
      return event
    }
    event?.action()
    return event != nil
  }

  /// The end of the world: nothing that was planned will happen.
  func end() {
    _ = state.withLock { state in
      defer { state.events = [] }
      return state.events
    }
  }

  public func sleep(until instant: Instant) async throws {
    try Task.checkCancellation()
    let place = Lock<Int?>(nil)
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let number = plan(at: instant) { self.wake(place, nil) }
        let isCancelled = state.withLock { state in
          place.withLock { $0 = number }
          if Task.isCancelled { return true }
          state.sleepers[number] = continuation
          return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      wake(place, CancellationError())
    }
  }

  private func wake(_ place: Lock<Int?>, _ error: (any Error)?) {
    let continuation = state.withLock { state in
      place.withLock { $0 }.flatMap { number in
        state.events.removeAll { $0.number == number }
        return state.sleepers.removeValue(forKey: number)
      }
    }
    if let error { continuation?.resume(throwing: error) } else { continuation?.resume() }
  }
}
