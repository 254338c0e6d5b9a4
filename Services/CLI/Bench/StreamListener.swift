import Concurrency
import RPC

/// Notes when the tokens of several streams come. One task waits.
final class StreamListener: Sendable {
  private struct State {
    var tokens: [[Instant]]
    var ended: Set<Int> = []
  }

  private let clock: any MonotonicClock
  private let state: Lock<State>
  private let changed = Signal()

  init(streamCount: Int, clock: any MonotonicClock) {
    self.clock = clock
    state = Lock(State(tokens: Array(repeating: [], count: streamCount)))
  }

  /// When the tokens of each stream came.
  var tokens: [[Instant]] { state.withLock { $0.tokens } }

  func said(by stream: Int) {
    state.withLock { $0.tokens[stream].append(clock.now) }
    changed.raise()
  }

  /// The stream says no more.
  func ended(_ stream: Int) {
    _ = state.withLock { $0.ended.insert(stream) }
    changed.raise()
  }

  /// Returns once `holds` for every stream; throws where one has ended for which it does not.
  func until(_ holds: ([Instant]) -> Bool) async throws {
    while true {
      let waiting = state.withLock { state in state.tokens.indices.filter { !holds(state.tokens[$0]) } }
      if waiting.isEmpty { return }
      if let silent = state.withLock({ state in waiting.first { state.ended.contains($0) } }) {
        throw ServiceError(
          .internalFailure,
          "the gap: expected streams that outlast the prompt, found that stream \(silent) has ended after "
            + "\(tokens[silent].count) tokens: give a smaller --depth")
      }
      try await changed.wait()
    }
  }
}
