/// Blocks in the order in which they fell idle, oldest first; every operation takes constant time.
///
/// A doubly linked list in two arrays, with a sentinel past the last block.
struct RecencyList: Sendable {
  private(set) var count = 0
  private var older: [Int]
  private var newer: [Int]
  private let sentinel: Int

  init(blockCount: Int) {
    sentinel = blockCount
    older = Array(repeating: blockCount, count: blockCount + 1)
    newer = older
  }

  mutating func append(_ block: Int) {
    let newest = older[sentinel]
    older[block] = newest
    newer[block] = sentinel
    newer[newest] = block
    older[sentinel] = block
    count += 1
  }

  /// The block must be in the list.
  mutating func remove(_ block: Int) {
    newer[older[block]] = newer[block]
    older[newer[block]] = older[block]
    count -= 1
  }

  mutating func removeOldest() -> Int? {
    guard count > 0 else { return nil }
    let oldest = newer[sentinel]
    remove(oldest)
    return oldest
  }
}
