import Concurrency
import Programs

/// Those who ask in one trial, each on its own, by one connection.
final class Audience: Sendable {
  private let client: Client
  private let fileNumbers: Numbers
  private let patience: Duration
  private let list = Lock<[Asked]>([])
  private let asks: AsyncStream<Asked>
  private let asking: AsyncStream<Asked>.Continuation

  /// Each waits for its answer for `patience`; `fileNumbers` make their files such that nobody has seen them.
  init(_ client: Client, fileNumbers: Numbers, patience: Duration) {
    self.client = client
    self.fileNumbers = fileNumbers
    self.patience = patience
    (asks, asking) = AsyncStream.makeStream(of: Asked.self)  // bounded by what a trial asks
  }

  /// Asks, and returns at once; where it `isHeld` the client stops reading after some tokens.
  func ask(_ question: Question, isHeld: Bool = false) -> Asked {
    let asked = Asked(question, number: fileNumbers.next(), isHeld: isHeld)
    list.withLock { $0.append(asked) }
    asking.yield(asked)
    return asked
  }

  var asked: [Asked] { list.withLock { $0 } }

  func letGo() { for asked in asked { asked.letGo() } }

  /// Has them ask, until the task is cancelled.
  func run() async {
    let clock = SystemClock()
    await withDiscardingTaskGroup { group in
      for await asked in asks {
        group.addTask { [client, patience] in await asked.run(by: client, deadline: clock.now + patience) }
      }
    }
  }
}
