/// The KV blocks: who refers to them, and which prefixes they hold.
///
/// A block is free, referenced by sequences, or cached: kept for the prefixes it holds although nobody refers to it. A
/// cached block is taken when no free one is left, the least recently used first.
struct BlockPool {
  private var references: [Int]
  private var free: [Int32]
  /// The prefixes that end in each block.
  private var keys: [[PrefixKey]]
  private var index: [PrefixKey: Int32] = [:]
  /// Cached blocks, least recently used first; an entry whose stamp is not the block's own is out of date.
  private var cached: [(block: Int32, stamp: Int)] = []
  private var stamps: [Int]
  private var now = 0
  private(set) var cachedCount = 0

  init(count: Int) {
    references = Array(repeating: 0, count: count)
    keys = Array(repeating: [], count: count)
    stamps = Array(repeating: 0, count: count)
    free = (0..<Int32(count)).reversed()
  }

  var totalCount: Int { references.count }
  var freeCount: Int { free.count }
  /// Blocks that can be had now.
  var availableCount: Int { free.count + cachedCount }
  var referencedCount: Int { totalCount - availableCount }

  func block(holding key: PrefixKey) -> Int32? { index[key] }

  /// Says that a prefix ends in `block`. The first block to hold a prefix keeps it.
  mutating func register(_ key: PrefixKey, in block: Int32) {
    guard index[key] == nil else { return }
    index[key] = block
    keys[Int(block)].append(key)
  }

  mutating func retain(_ block: Int32) {
    let slot = Int(block)
    if references[slot] == 0 {
      cachedCount -= 1
      stamps[slot] = 0
    }
    references[slot] += 1
  }

  mutating func release(_ block: Int32) {
    let slot = Int(block)
    precondition(references[slot] > 0, "block \(block) was released more often than it was taken")
    references[slot] -= 1
    guard references[slot] == 0 else { return }
    guard !keys[slot].isEmpty else { return free.append(block) }
    now += 1
    stamps[slot] = now
    // Entries that are out of date go once they are the majority, so that the queue is bounded by the blocks.
    if cached.count > 2 * totalCount { cached.removeAll { stamps[Int($0.block)] != $0.stamp } }
    cached.append((block, now))
    cachedCount += 1
  }

  /// A block with one reference, for which nobody has any more use.
  mutating func allocate() -> Int32 {
    let block = free.popLast() ?? evict()
    references[Int(block)] = 1
    return block
  }

  private mutating func evict() -> Int32 {
    precondition(cachedCount > 0, "no block is left; the scheduler must look before it takes")
    var outdated = 0
    while stamps[Int(cached[outdated].block)] != cached[outdated].stamp { outdated += 1 }
    let block = cached[outdated].block
    cached.removeSubrange(...outdated)
    let slot = Int(block)
    for key in keys[slot] { index[key] = nil }
    keys[slot] = []
    stamps[slot] = 0
    cachedCount -= 1
    return block
  }
}
