public import Concurrency

/// What happens when in a simulation: a clock that jumps from one event to the next.
public final class Timeline: MonotonicClock {
  /// Where an event stands: of the same instant, the first that was planned comes first.
  struct Place: Comparable {
    let at: Instant
    let number: Int

    static func < (left: Place, right: Place) -> Bool {
      left.at != right.at ? left.at < right.at : left.number < right.number
    }
  }

  private struct Event {
    let place: Place
    let action: @Sendable () -> Void
  }

  private struct State {
    var now = Instant(nanoseconds: 0)
    /// Latest first.
    var events: [Event] = []
    var nextNumber = 0
    var sleepers: [Int: CheckedContinuation<Void, any Error>] = [:]

    /// The first event that is not after `place`.
    func index(of place: Place) -> Int {
      var (low, high) = (0, events.count)
      while low < high {
        let middle = (low + high) / 2
        if events[middle].place > place { low = middle + 1 } else { high = middle }
      }
      return low
    }

    mutating func remove(_ place: Place) {
      let index = index(of: place)
      if index < events.count, events[index].place == place { events.remove(at: index) }
    }
  }

  private let state = Lock(State())

  public init() {}

  public var now: Instant { state.withLock { $0.now } }

  /// Has `action` happen at `instant`, after everything that was planned for it before.
  public func plan(at instant: Instant, _ action: @escaping @Sendable () -> Void) { _ = place(at: instant, action) }

  private func place(at instant: Instant, _ action: @escaping @Sendable () -> Void) -> Place {
    state.withLock { state in
      state.nextNumber += 1
      let place = Place(at: max(instant, state.now), number: state.nextNumber)
      state.events.insert(Event(place: place, action: action), at: state.index(of: place))
      return place
    }
  }

  /// Moves to the next event and has it happen; false where there is none.
  func step() -> Bool {
    let event = state.withLock { state -> Event? in
      guard let event = state.events.popLast() else { return nil }
      state.now = event.place.at
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
    let sleeper = Lock<Place?>(nil)
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let place = place(at: instant) { self.wake(sleeper, nil) }
        let isCancelled = state.withLock { state in
          sleeper.withLock { $0 = place }
          if Task.isCancelled {
            state.remove(place)
            return true
          }
          state.sleepers[place.number] = continuation
          return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      wake(sleeper, CancellationError())
    }
  }

  /// Returns after `duration`, whatever becomes of the task: what a computation takes.
  public func pass(_ duration: Duration) async {
    await withCheckedContinuation { continuation in plan(at: now + duration) { continuation.resume() } }
  }

  private func wake(_ sleeper: Lock<Place?>, _ error: (any Error)?) {
    let continuation = state.withLock { state in
      sleeper.withLock { $0 }.flatMap { place in
        state.remove(place)
        return state.sleepers.removeValue(forKey: place.number)
      }
    }
    if let error { continuation?.resume(throwing: error) } else { continuation?.resume() }
  }
}
