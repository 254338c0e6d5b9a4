import DequeModule

/// A bounded queue between threads, which put, and one task, which takes.
public final class Mailbox<Element: Sendable>: Sendable {
  private struct Guarded {
    var queue: Deque<Element> = []
    var taker: CheckedContinuation<Element?, Never>?
    var isFinished = false
  }

  private let limit: Int
  private let guarded = Lock(Guarded())

  public init(limit: Int) { self.limit = limit }

  public var isFinished: Bool { guarded.withLock { $0.isFinished } }

  /// False when it is full or finished.
  public func put(_ element: Element) -> Bool {
    let (isTaken, taker) = guarded.withLock { guarded -> (Bool, CheckedContinuation<Element?, Never>?) in
      guard !guarded.isFinished else { return (false, nil) }
      if let taker = guarded.taker.take() { return (true, taker) }
      guard guarded.queue.count < limit else { return (false, nil) }
      guarded.queue.append(element)
      return (true, nil)
    }
    taker?.resume(returning: element)
    return isTaken
  }

  /// Nothing more will come. What is there can still be taken, unless it is discarded.
  public func finish(discarding: Bool = false) {
    let (taker, _) = guarded.withLock { guarded -> (CheckedContinuation<Element?, Never>?, Deque<Element>) in
      guarded.isFinished = true
      // Discarded elements leave the lock with the result: their end may ask for the lock again.
      let discarded = discarding ? guarded.queue : []
      if discarding { guarded.queue = [] }
      return (guarded.taker.take(), discarded)
    }
    taker?.resume(returning: nil)
  }

  /// The next element, or nothing once finished or when the task is cancelled.
  public func take() async -> Element? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { (taker: CheckedContinuation<Element?, Never>) in
        let (isOver, element) = guarded.withLock { guarded -> (Bool, Element?) in
          if let element = guarded.queue.popFirst() { return (true, element) }
          if guarded.isFinished || Task.isCancelled { return (true, nil) }
          precondition(guarded.taker == nil, "two tasks take from one mailbox")
          guarded.taker = taker
          return (false, nil)
        }
        if isOver { taker.resume(returning: element) }
      }
    } onCancel: {
      guarded.withLock { $0.taker.take() }?.resume(returning: nil)
    }
  }
}
