import Concurrency

/// Values for one reader, in order, until it is finished.
final class Inbox<Element: Sendable>: Sendable {
  private struct State {
    var elements: [Element] = []
    var reader: CheckedContinuation<Element?, Never>?
    var isFinished = false
  }

  private let state = Lock(State())

  var isFinished: Bool { state.withLock { $0.isFinished } }

  func push(_ element: Element) {
    let reader = state.withLock { state -> CheckedContinuation<Element?, Never>? in
      guard !state.isFinished else { return nil }
      if let reader = state.reader.take() { return reader }
      state.elements.append(element)
      return nil
    }
    reader?.resume(returning: element)
  }

  /// The next one, or nothing once finished or when the task is cancelled. What came before is lost, as on a link that
  /// broke.
  func next() async -> Element? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { reader in
        let (element, isOver) = state.withLock { state -> (Element?, Bool) in
          if !state.elements.isEmpty { return (state.elements.removeFirst(), true) }
          if state.isFinished || Task.isCancelled { return (nil, true) }
          state.reader = reader
          return (nil, false)
        }
        if isOver { reader.resume(returning: element) }
      }
    } onCancel: {
      state.withLock { $0.reader.take() }?.resume(returning: nil)
    }
  }

  /// True for the first who does it.
  @discardableResult
  func finish() -> Bool {
    let (isFirst, reader) = state.withLock { state in
      defer { state.isFinished = true }
      return (!state.isFinished, state.reader.take())
    }
    reader?.resume(returning: nil)
    return isFirst
  }
}
