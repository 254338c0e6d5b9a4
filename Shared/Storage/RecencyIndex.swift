/// Which entries there are, how large each is, and when it was used last as far as is known.
struct RecencyIndex: Sendable {
  struct Entry: Equatable, Sendable {
    var byteCount: Int
    /// Nanoseconds of the wall clock: the same for all processes, before and after a restart.
    var used: Int
  }

  private(set) var byteCount = 0
  private var entries: [String: Entry] = [:]

  var count: Int { entries.count }

  subscript(_ name: String) -> Entry? { entries[name] }

  mutating func insert(_ name: String, _ entry: Entry) {
    remove(name)
    entries[name] = entry
    byteCount += entry.byteCount
  }

  mutating func remove(_ name: String) {
    if let old = entries.removeValue(forKey: name) { byteCount -= old.byteCount }
  }

  /// The one that was used least recently; of two, the first by name.
  var oldest: String? { entries.min { ($0.value.used, $0.key) < ($1.value.used, $1.key) }?.key }
}
