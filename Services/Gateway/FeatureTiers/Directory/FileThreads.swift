import Concurrency
import DequeModule

/// A few threads for calls that wait for a disk, which may hang: who waits for such a call may stop waiting, and a call
/// that nobody waits for any more is not begun.
final class FileThreads: Sendable {
  private struct State {
    var threadCount = 0
    var waiting: Deque<@Sendable () -> Void> = []
  }

  private let state = Lock(State())

  /// `undo` takes a result that nobody waits for any more.
  func run<Value: Sendable>(
    _ call: @escaping @Sendable () throws -> Value, undo: @escaping @Sendable (Value) -> Void = { _ in }
  ) async throws -> Value {
    let pledge = Pledge<Value>()
    try submit {
      guard !pledge.isAbandoned else { return }
      let result = Result(catching: call)
      if !pledge.keep(result), case .success(let value) = result { undo(value) }
    }
    return try await pledge.value()
  }

  private func submit(_ call: @escaping @Sendable () -> Void) throws(TierError) {
    let isNew = try state.withLock { state throws(TierError) in
      guard state.waiting.count < TierLimits.fileCallCount else {
        throw TierError(.unavailable, "\(state.waiting.count) calls already wait for the disk")
      }
      state.waiting.append(call)
      guard state.threadCount < TierLimits.fileThreadCount else { return false }
      state.threadCount += 1
      return true
    }
    if isNew { BlockingThread.start { [self] in while let call = next() { call() } } }
  }

  private func next() -> (() -> Void)? {
    state.withLock { state in
      if let call = state.waiting.popFirst() { return call }
      state.threadCount -= 1
      return nil
    }
  }
}
