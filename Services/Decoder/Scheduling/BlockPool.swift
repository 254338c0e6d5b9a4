/// The blocks of the key-value cache. Each is free, referenced by so many sequences, or cached: known to the prefix
/// index and referenced by none, to be given away when no block is free, least recently used first.
struct BlockPool: Sendable {
  private(set) var prefixes: PrefixIndex
  private var free: [Int]
  private var cached: RecencyList
  private var referenceCounts: [Int]

  init(blockCount: Int) {
    prefixes = PrefixIndex(blockCount: blockCount)
    free = Array((0..<blockCount).reversed())
    cached = RecencyList(blockCount: blockCount)
    referenceCounts = Array(repeating: 0, count: blockCount)
  }

  var counts: BlockCounts {
    BlockCounts(
      total: referenceCounts.count, free: free.count, referenced: referenceCounts.count - free.count - cached.count,
      cached: cached.count)
  }

  /// Rows before the boundary are computed and will not change while the block is referenced or cached.
  mutating func register(_ key: PrefixKey, at block: Int) {
    precondition(referenceCounts[block] > 0, "block \(block) is registered while no sequence holds it")
    prefixes.insert(key, at: block)
  }

  /// Takes `blockCount` blocks: the shared ones of `match` first, then fresh ones. Nil, and nothing changed, where
  /// they do not fit.
  mutating func reserve(_ match: PrefixMatch, blockCount: Int) -> Reservation? {
    let freshCount = blockCount - match.wholeBlocks.count
    let idleShared = match.wholeBlocks.count { referenceCounts[$0] == 0 }
    guard freshCount <= free.count + cached.count - idleShared else { return nil }
    for block in match.wholeBlocks { hold(block) }
    // The block to copy from is not held, or a sequence that needs every block could never start. It becomes the one
    // evicted last; should even that happen, the copy still comes before anything is written.
    if let source = match.partial?.index, referenceCounts[source] == 0 {
      cached.remove(source)
      cached.append(source)
    }
    let fresh = (0..<freshCount).map { _ in takeFresh() }
    var copy: Copy?
    if let partial = match.partial, partial.index != fresh[0] {
      copy = Copy(from: partial.index, to: fresh[0], tokenCount: partial.tokenCount)
    }
    return Reservation(blocks: match.wholeBlocks + fresh, copy: copy)
  }

  /// Holds a block that is cached, or that somebody holds already.
  mutating func hold(_ block: Int) {
    if referenceCounts[block] == 0 { cached.remove(block) }
    referenceCounts[block] += 1
  }

  /// Gives a sequence's blocks back. Its last blocks fall idle first: a prefix is of no use without its beginning.
  mutating func release(_ blocks: [Int]) {
    for block in blocks.reversed() {
      precondition(referenceCounts[block] > 0, "block \(block) is released more often than it was taken")
      referenceCounts[block] -= 1
      guard referenceCounts[block] == 0 else { continue }
      if prefixes.isCached(block) { cached.append(block) } else { free.append(block) }
    }
  }

  /// A free block, or the one that has been idle for longest. The caller has made sure that there is one.
  private mutating func takeFresh() -> Int {
    let block: Int
    if let unused = free.popLast() {
      block = unused
    } else {
      block = cached.removeOldest()!
      prefixes.remove(block)
    }
    referenceCounts[block] = 1
    return block
  }
}

/// The blocks of a sequence that starts.
struct Reservation: Equatable, Sendable {
  let blocks: [Int]
  /// Nil also where the block to copy from was itself given to the sequence: its rows are in place.
  let copy: Copy?
}

/// Where the blocks are: `free + referenced + cached == total`.
public struct BlockCounts: Equatable, Sendable {
  public let total: Int
  /// Nothing in them.
  public let free: Int
  /// Held by one or more sequences.
  public let referenced: Int
  /// Held by none, and kept for the prefix in them.
  public let cached: Int

  public init(total: Int, free: Int, referenced: Int, cached: Int) {
    self.total = total
    self.free = free
    self.referenced = referenced
    self.cached = cached
  }
}
