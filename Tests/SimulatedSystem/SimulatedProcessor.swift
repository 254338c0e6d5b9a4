import Concurrency
import DequeModule
import TestSupport

/// The machine of one simulated process: its clock, how fast it computes, and its threads.
///
/// Work is done at once and takes its time afterwards. While it is being done the clock already counts what it
/// has spent, so that whoever measures it measures that.
final class SimulatedProcessor: MonotonicClock {
  private struct State {
    var slowness = 1.0
    var spent = Duration.zero
  }

  let simulation: Simulation
  private let state = Lock(State())

  init(in simulation: Simulation) { self.simulation = simulation }

  var now: Instant {
    let spent = state.withLock { $0.spent }
    return simulation.timeline.now + spent
  }

  func sleep(until instant: Instant) async throws { try await simulation.timeline.sleep(until: instant) }

  /// How many times longer everything takes from now on.
  var slowness: Double {
    get { state.withLock { $0.slowness } }
    set { state.withLock { $0.slowness = newValue } }
  }

  /// Said by work while it is being done.
  func spend(_ duration: Duration) { state.withLock { $0.spent += duration * $0.slowness } }

  fileprivate func settle() -> Duration {
    state.withLock { state in
      defer { state.spent = .zero }
      return state.spent
    }
  }
}

/// A thread of a simulated process: one piece of work after another, each of which takes what it says and besides a time
/// in `cost`.
final class SimulatedThread: ComputeThread {
  private struct State {
    var isBusy = false
    var waiting: Deque<CheckedContinuation<Void, Never>> = []
  }

  private let processor: SimulatedProcessor
  private let cost: ClosedRange<Int64>
  private let state = Lock(State())

  /// `cost` is in microseconds.
  init(of processor: SimulatedProcessor, microseconds cost: ClosedRange<Int64> = 0...0) {
    self.processor = processor
    self.cost = cost
  }

  func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    await enter()
    defer { leave() }
    let cost = processor.simulation.draw { Duration.microseconds(Int64.random(in: self.cost, using: &$0)) }
    processor.spend(cost)
    let result = Swift.Result(catching: work)
    let spent = processor.settle()
    if spent > .zero { await processor.simulation.timeline.pass(spent) }
    return try result.get()
  }

  private func enter() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        guard state.isBusy else {
          state.isBusy = true
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  private func leave() {
    let next = state.withLock { state in
      let next = state.waiting.popFirst()
      state.isBusy = next != nil
      return next
    }
    next?.resume()
  }
}
