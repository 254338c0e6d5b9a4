/// Something that operations of a network library run on: nothing starts on it once it is closing, and it is freed after
/// the last callback.
///
/// nng keeps an operation that reaches a closed queue for ever, and loses one that starts while it is being closed; a loop
/// of NIO's leaves undone what it is given after its end. That is why operations start under the lock. Neither calls back
/// from within a start.
public protocol Gated: AnyObject, Sendable {
  var gate: Lock<Gate> { get }
  /// Ends what is under way, without waiting.
  func shut()
  /// Called once, after `shut` and the last callback; calls `freed` when done.
  func free()
}

/// The state of something `Gated`.
public struct Gate {
  fileprivate var isClosing = false
  fileprivate var isFreed = false
  /// Operations whose callback has not come, and the closing itself.
  fileprivate var pending = 0
  fileprivate var waiters: [CheckedContinuation<Void, Never>] = []

  public init() {}
}

extension Gated {
  /// Whether `end` was called.
  public var isEnding: Bool { gate.withLock { $0.isClosing } }

  /// Starts an operation, unless closing. Each start is followed by one `finish`, in the callback.
  @discardableResult
  public func begin(_ start: () -> Void) -> Bool {
    gate.withLock { gate in
      guard !gate.isClosing else { return false }
      gate.pending += 1
      start()
      return true
    }
  }

  /// Ends one operation; the last one after `end` frees.
  public func finish() {
    let isLast = gate.withLock { gate in
      gate.pending -= 1
      return gate.isClosing && gate.pending == 0
    }
    if isLast { free() }
  }

  /// May be called from anywhere, at any time, and more than once.
  public func end() {
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

  /// Wakes those who wait for the end.
  public func freed() {
    let waiters = gate.withLock { gate in
      gate.isFreed = true
      defer { gate.waiters = [] }
      return gate.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns when it has been freed.
  public func ended() async {
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
