import Concurrency
import Synchronization

/// What a transport holds at this moment: streams and listeners to close, and messages to free.
final class Ledger: Sendable {
  private let messages = Atomic<Int>(0)
  private let open = Lock<[ObjectIdentifier: any Gated]>([:])

  /// Messages being written or read. A test that ends with more than it began with has found a leak.
  var messageCount: Int { messages.load(ordering: .sequentiallyConsistent) }
  func messageBegan() { messages.add(1, ordering: .sequentiallyConsistent) }
  func messageEnded() { messages.subtract(1, ordering: .sequentiallyConsistent) }

  func opened(_ one: any Gated) { open.withLock { $0[ObjectIdentifier(one)] = one } }
  func ended(_ one: any Gated) { open.withLock { $0[ObjectIdentifier(one)] = nil } }

  /// Ends everything, and returns when nng holds nothing of it any more.
  func endAll() async {
    let all = open.withLock { Array($0.values) }
    for one in all { one.end() }
    for one in all { await one.ended() }
  }
}
