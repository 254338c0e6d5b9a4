/// Where each row of a batch stands: its position in its own sequence, and the cache blocks of that sequence.
///
/// A batch carries rows of several sequences: one each of those that decode, many of one that is prefilled.
public struct RowPlacement: Sendable {
  /// The position of each row in its sequence.
  public private(set) var positions: [Int] = []
  /// Where the block table of each row's sequence begins in `blocks`.
  private(set) var tableStarts: [Int] = []
  /// The block tables of the sequences, one after the other.
  private(set) var blocks: [Int32] = []

  public var rowCount: Int { positions.count }

  public init() {}

  /// Adds the rows of one sequence at `range` of its positions. `table` names its blocks from position 0 on, and
  /// reaches the last of them.
  public mutating func append(_ range: Range<Int>, table: some Collection<Int32>) {
    let capacity = table.count * KVCache.blockTokenCount
    precondition(
      range.lowerBound >= 0 && range.upperBound <= capacity,
      "positions \(range) in \(table.count) blocks of \(KVCache.blockTokenCount)")
    tableStarts += Array(repeating: blocks.count, count: range.count)
    positions += range
    blocks += table
  }
}
