import Concurrency

/// Something of nng's that operations run on: nothing starts on it once it is closing, and it is freed after the last
/// callback.
///
/// nng keeps an operation that reaches a closed queue for ever, and loses one that starts while it is being closed;
/// that is why operations start under the lock. nng never calls back from within a start.
protocol Gated: AnyObject, Sendable {
  var gate: Lock<Gate> { get }
  /// Ends what is under way, without waiting.
  func shut()
  /// Called once, after `shut` and the last callback; calls `freed` when done.
  func free()
}

/// The state of something `Gated`.
struct Gate {
  fileprivate var isClosing = false
  fileprivate var isFreed = false
  /// Operations whose callback has not come, and the closing itself.
  fileprivate var pending = 0
  fileprivate var waiters: [CheckedContinuation<Void, Never>] = []
}

extension Gated {
  /// Starts an operation, unless closing. Each start is followed by one `finish`, in the callback.
  @discardableResult
  func begin(_ start: () -> Void) -> Bool {
    gate.withLock { gate in
      guard !gate.isClosing else { return false }
      gate.pending += 1
      start()
      return true
    }
  }

  func finish() {
    let isLast = gate.withLock { gate in
      gate.pending -= 1
      return gate.isClosing && gate.pending == 0
    }
    if isLast { free() }
  }

  /// May be called from anywhere, at any time, and more than once.
  func end() {
    let isFirst = gate.withLock { gate in
      guard !gate.isClosing else { return false }
      gate.isClosing = true
      gate.pending += 1
      return true
    }
    guard isFirst else { return }
    shut()
    finish()
  }

  func freed() {
    let waiters = gate.withLock { gate in
      gate.isFreed = true
      defer { gate.waiters = [] }
      return gate.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns when nng holds nothing of it any more.
  func ended() async {
    await withCheckedContinuation { continuation in
      let isOver = gate.withLock { gate in
        guard !gate.isFreed else { return true }
        gate.waiters.append(continuation)
        return false
      }
      if isOver { continuation.resume() }
    }
  }
}
