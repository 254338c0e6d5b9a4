import Concurrency
import DequeModule

/// One end of one call: what arrived and was not read, how much either side may still send, and how it ended.
struct CallState {
  typealias Reader = CheckedContinuation<Item?, any Error>
  typealias Writer = CheckedContinuation<Void, any Error>
  typealias Watcher = CheckedContinuation<Void, Never>

  /// Items that the peer may still send before we grant more.
  private var inboundCredit: Int
  private let creditLimit: Int
  private var takenSinceGrant = 0
  private var inbound: Deque<Item> = []
  private(set) var unreadByteCount = 0
  private var peerFinished = false

  var outboundCredit: Int
  /// Our own last item has been sent.
  var hasFinished = false
  /// Set once: by END at the client, by CANCEL or the loss of the link at either side. Success is END with code 0.
  private(set) var outcome: Result<Void, ServiceError>?
  var deadline: Instant

  /// Who waits for an item, and for the caller to go away. One of each.
  var reader: Reader?
  var watcher: Watcher?
  /// Who waits for credit or room, by a number of its own: several tasks may send on one call.
  private var writers: [(number: Int, writer: Writer)] = []

  init(creditLimit: Int, outboundCredit: Int, deadline: Instant) {
    inboundCredit = creditLimit
    self.creditLimit = creditLimit
    self.outboundCredit = outboundCredit
    self.deadline = deadline
  }

  /// An item came; it goes to whoever waits, or is kept.
  mutating func arrived(_ item: Item) throws(ServiceError) -> Wakeup? {
    guard inboundCredit > 0 else {
      throw ServiceError(.invalidRequest, "more items were sent on a call than it had credit for")
    }
    guard !peerFinished else { throw ServiceError(.invalidRequest, "an item was sent after the last one") }
    inboundCredit -= 1
    guard let reader = reader.take() else {
      inbound.append(item)
      unreadByteCount += item.byteCount
      return nil
    }
    takenSinceGrant += 1
    return .reader(reader, .success(item))
  }

  mutating func finishedByPeer() -> Wakeup? {
    peerFinished = true
    return inbound.isEmpty ? reader.take().map { .reader($0, .success(nil)) } : nil
  }

  /// The call is over. A reader still gets what arrived before; then the end, or the error.
  mutating func ended(_ result: Result<Void, ServiceError>) -> [Wakeup] {
    guard outcome == nil else { return [] }
    outcome = result
    var wakeups: [Wakeup] = []
    if let reader = reader.take() { wakeups.append(.reader(reader, result.map { nil })) }
    wakeups += takeWriters(.failure(Self.over(result)))
    if let watcher = watcher.take() { wakeups.append(.watcher(watcher)) }
    return wakeups
  }

  mutating func append(_ writer: Writer, number: Int) { writers.append((number, writer)) }

  /// A writer no longer waits.
  mutating func takeWriter(number: Int) -> Writer? {
    writers.firstIndex { $0.number == number }.map { writers.remove(at: $0).writer }
  }

  /// Everybody who waits to send looks again; for whom there is no room yet waits again.
  mutating func takeWriters(_ result: Result<Void, ServiceError> = .success(())) -> [Wakeup] {
    defer { writers.removeAll() }
    return writers.map { .writer($0.writer, result) }
  }

  enum Read { case item(Item), end, failed(ServiceError), wait }

  mutating func read() -> Read {
    if let item = inbound.popFirst() {
      takenSinceGrant += 1
      unreadByteCount -= item.byteCount
      return .item(item)
    }
    if case .failure(let error) = outcome { return .failed(error) }
    return outcome != nil || peerFinished ? .end : .wait
  }

  /// Credit to grant now: in half-window batches, so that a grant is not a frame per item.
  mutating func grant() -> Int? {
    guard takenSinceGrant * 2 >= creditLimit, outcome == nil, !peerFinished else { return nil }
    defer { takenSinceGrant = 0 }
    inboundCredit += takenSinceGrant
    return takenSinceGrant
  }

  /// Why nothing more can be sent.
  static func over(_ result: Result<Void, ServiceError>) -> ServiceError {
    switch result {
    case .success: ServiceError(.cancelled, "the call has already ended")
    case .failure(let error): error
    }
  }
}

/// A continuation and what it gets, to be resumed once the lock is released.
enum Wakeup {
  case reader(CallState.Reader, Result<Item?, ServiceError>)
  case writer(CallState.Writer, Result<Void, ServiceError>)
  case watcher(CallState.Watcher)

  func callAsFunction() {
    switch self {
    case .reader(let reader, let result): reader.resume(with: result.mapError { $0 })
    case .writer(let writer, let result): writer.resume(with: result.mapError { $0 })
    case .watcher(let watcher): watcher.resume()
    }
  }
}
