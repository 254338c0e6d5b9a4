import Concurrency
import Synchronization

/// What a transport holds of nng at this moment: sockets to close, and messages to free.
final class Ledger: Sendable {
  private let messages = Atomic<Int>(0)
  private let open = Lock<[ObjectIdentifier: Socket]>([:])

  /// Messages that are ours and not yet freed. A test that ends with more than it began with has found a leak.
  var messageCount: Int { messages.load(ordering: .sequentiallyConsistent) }
  func messageBegan() { messages.add(1, ordering: .sequentiallyConsistent) }
  func messageFinished() { messages.subtract(1, ordering: .sequentiallyConsistent) }

  var sockets: [Socket] { open.withLock { Array($0.values) } }
  func opened(_ socket: Socket) { open.withLock { $0[ObjectIdentifier(socket)] = socket } }
  func closed(_ socket: Socket) { open.withLock { $0[ObjectIdentifier(socket)] = nil } }
}
