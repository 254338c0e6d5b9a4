import Numerics
public import Scheduling

/// Where rows of pictures are kept besides memory. All calls but `announce` wait for the disk.
///
/// A value is one KV block, known by all that lies before its last row (`PrefixKey`); what else its bits depend on is the
/// store's to tell apart.
public protocol PrefixStore: Sendable {
  func contains(_ key: PrefixKey) -> Bool
  /// The block will be read soon: the disk may begin with it.
  func announce(_ key: PrefixKey)
  /// Fills `block` with what is kept under `key`; false where that is not there, or not as it was written.
  func read(_ key: PrefixKey, into block: inout MutableRawSpan) -> Bool
  /// Keeps a block; false where there is no room.
  func write(_ key: PrefixKey, _ block: [UInt8]) -> Bool
}

/// Blocks that the disk fetches while one is checked: with four it has always something to do, and of a 7B model they
/// are 32 MiB.
private let announcedCount = 4

extension PrefixStore {
  /// Fills blocks of a cache, one for each key, up to the first that cannot be read; returns how many those are.
  func fill(_ blocks: [Int], of cache: KVCache, behind keys: [PrefixKey]) -> Int {
    for key in keys.prefix(announcedCount) { announce(key) }
    for (place, (block, key)) in zip(blocks, keys).enumerated() {
      if place + announcedCount < keys.count { announce(keys[place + announcedCount]) }
      guard cache.fill(Int32(block), { read(key, into: &$0) }) else { return place }
    }
    return min(blocks.count, keys.count)
  }
}
