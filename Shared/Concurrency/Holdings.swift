import Synchronization

/// What a transport holds at this moment: streams and listeners to close, and messages to free.
public final class Holdings: Sendable {
  private let messages = Atomic<Int>(0)
  private let open = Lock<[ObjectIdentifier: any Gated]>([:])

  public init() {}

  /// Messages being written or read. A test that ends with more than it began with has found a leak.
  public var messageCount: Int { messages.load(ordering: .sequentiallyConsistent) }
  /// A message has begun to be written or read.
  public func messageBegan() { messages.add(1, ordering: .sequentiallyConsistent) }
  /// It has been freed.
  public func messageEnded() { messages.subtract(1, ordering: .sequentiallyConsistent) }

  /// Holds `one` from now on.
  public func opened(_ one: any Gated) { open.withLock { $0[ObjectIdentifier(one)] = one } }
  /// Lets go of it.
  public func ended(_ one: any Gated) { open.withLock { $0[ObjectIdentifier(one)] = nil } }

  /// Ends everything, and returns when nothing is left.
  public func endAll() async {
    while true {
      let all = open.withLock { Array($0.values) }
      guard !all.isEmpty else { return }
      for one in all { one.end() }
      for one in all { await one.ended() }
    }
  }
}
