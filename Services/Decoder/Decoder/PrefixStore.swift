public import Scheduling

/// Where rows of pictures are kept besides memory. All calls wait for the disk.
///
/// A value is one KV block, known by all that lies before its last row (`PrefixKey`); what else its bits depend on is the
/// store's to tell apart.
public protocol PrefixStore: Sendable {
  func contains(_ key: PrefixKey) -> Bool
  /// Fills `block` with what is kept under `key`; false where that is not there, or not as it was written.
  func read(_ key: PrefixKey, into block: inout MutableRawSpan) -> Bool
  /// Keeps a block; false where there is no room.
  func write(_ key: PrefixKey, _ block: [UInt8]) -> Bool
}
