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
  /// Of each sequence, its table's place in `blocks`.
  private(set) var tables: [Range<Int>] = []
  /// Of each sequence, its first row.
  private var firstRows: [Int] = []

  public var rowCount: Int { positions.count }

  public init() {}

  /// Adds the rows of one sequence at `range` of its positions. `table` names its blocks from position 0 on, and
  /// reaches the last of them.
  public mutating func append(_ range: Range<Int>, table: some Collection<Int32>) {
    let capacity = table.count * KVCache.blockTokenCount
    precondition(
      range.lowerBound >= 0 && range.upperBound <= capacity,
      "positions \(range) in \(table.count) blocks of \(KVCache.blockTokenCount)")
    firstRows.append(rowCount)
    tables.append(blocks.count..<blocks.count + table.count)
    tableStarts += Array(repeating: blocks.count, count: range.count)
    positions += range
    blocks += table
  }

  /// The blocks of a sequence, which are in the order in which they were added.
  func table(_ sequence: Int) -> ArraySlice<Int32> { blocks[tables[sequence]] }

  func rows(of sequence: Int) -> Range<Int> {
    firstRows[sequence]..<(sequence + 1 < firstRows.count ? firstRows[sequence + 1] : rowCount)
  }
}
