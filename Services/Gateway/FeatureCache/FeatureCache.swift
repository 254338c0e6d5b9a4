/// What has been fetched, bounded in bytes, and who waits for what is being fetched: each missing key is fetched once,
/// however many ask.
///
/// Pure: the owner waits and wakes. Waiters are numbers that the owner gives.
public struct FeatureCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  public enum Lookup {
    case hit(Value)
    /// Nobody fetches it yet: the caller does now, and reports `filled`, `failed` or `abandoned`.
    case fill
    /// Somebody fetches it; the waiter is among those who are told.
    case joined
  }

  private struct Entry {
    let value: Value
    let byteCount: Int
    var stamp: Int
  }

  public let capacity: Int
  private var entries: [Key: Entry] = [:]
  /// Oldest use first; a pair whose stamp is not the entry's is out of date.
  private var uses: [(key: Key, stamp: Int)] = []
  private var now = 0
  /// Keys that are being fetched, and who waits for each, in order.
  private var filling: [Key: [Int]] = [:]

  public private(set) var byteCount = 0
  public private(set) var hitCount = 0
  public private(set) var missCount = 0
  public private(set) var joinCount = 0
  public private(set) var evictionCount = 0

  public init(capacity: Int) {
    precondition(capacity >= 0, "a cache of \(capacity) bytes")
    self.capacity = capacity
  }

  public var count: Int { entries.count }
  public var fillingCount: Int { filling.count }

  public mutating func lookup(_ key: Key, waiter: Int) -> Lookup {
    if let entry = entries[key] {
      hitCount += 1
      touch(key)
      return .hit(entry.value)
    }
    if filling[key] != nil {
      joinCount += 1
      filling[key]?.append(waiter)
      return .joined
    }
    missCount += 1
    filling[key] = []
    return .fill
  }

  /// Keeps what was fetched, unless it alone is more than the capacity; returns who waited for it.
  public mutating func filled(_ key: Key, _ value: Value, byteCount: Int) -> [Int] {
    let waiters = filling.removeValue(forKey: key) ?? []
    guard byteCount <= capacity, entries[key] == nil else { return waiters }
    while self.byteCount + byteCount > capacity { evictOldest() }
    entries[key] = Entry(value: value, byteCount: byteCount, stamp: 0)
    self.byteCount += byteCount
    touch(key)
    return waiters
  }

  /// The fetch failed for a reason that is everybody's; returns who waited.
  public mutating func failed(_ key: Key) -> [Int] { filling.removeValue(forKey: key) ?? [] }

  /// Whoever fetched gave up for a reason of its own: the first waiter fetches now, and the others go on waiting.
  public mutating func abandoned(_ key: Key) -> Int? {
    guard var waiters = filling[key] else { return nil }
    guard !waiters.isEmpty else {
      filling[key] = nil
      return nil
    }
    let next = waiters.removeFirst()
    filling[key] = waiters
    return next
  }

  /// A waiter no longer waits.
  public mutating func left(_ key: Key, waiter: Int) { filling[key]?.removeAll { $0 == waiter } }

  private mutating func touch(_ key: Key) {
    now += 1
    entries[key]?.stamp = now
    // Out-of-date uses go once they are the majority, so that the list is bounded by the entries.
    if uses.count > 2 * entries.count + 16 { uses.removeAll { entries[$0.key]?.stamp != $0.stamp } }
    uses.append((key, now))
  }

  private mutating func evictOldest() {
    let place = uses.firstIndex { entries[$0.key]?.stamp == $0.stamp }
    guard let place else {
      preconditionFailure("\(byteCount) bytes in \(entries.count) entries, none of which was ever used")
    }
    if let entry = entries.removeValue(forKey: uses[place].key) { byteCount -= entry.byteCount }
    evictionCount += 1
    uses.removeSubrange(...place)
  }
}
