/// Rows that outlive their blocks: somebody writes them elsewhere, and brings them back.
///
/// Blocks that are lent out count as referenced, and nobody else writes to them.
extension Scheduler {
  /// The boundaries of a prompt up to `tokenCount` by whose blocks its rows can be kept: the last of each block.
  public func keptBoundaries(of prompt: PromptShape, through tokenCount: Int) -> [PrefixBoundary] {
    var last: [Int: PrefixBoundary] = [:]
    for boundary in prompt.boundaries where boundary.tokenCount <= tokenCount {
      last[(boundary.tokenCount - 1) / limits.blockTokenCount] = boundary
    }
    return last.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The boundaries by which to keep what a chunk has completed: none where no image ends in it.
  public func boundaries(completedBy chunk: Chunk) -> [PrefixBoundary] {
    guard let prompt = running.first(where: { $0.id == chunk.id })?.prompt,
      let image = prompt.images.last(where: { chunk.positions.contains($0.upperBound - 1) })
    else { return [] }
    return keptBoundaries(of: prompt, through: image.upperBound)
  }

  /// Those of `keptBoundaries(of:through:)` from the first whose rows are not here.
  public func absentBoundaries(of prompt: PromptShape, through tokenCount: Int) -> ArraySlice<PrefixBoundary> {
    let boundaries = keptBoundaries(of: prompt, through: tokenCount)
    return boundaries.drop { block(of: $0.key) != nil }
  }

  /// Lends the block whose first rows `key` stands for, to be read; nil where it is gone. Give it back with `giveBack`.
  public mutating func lend(_ key: PrefixKey) -> Int? {
    guard let block = block(of: key) else { return nil }
    pool.hold(block)
    return block
  }

  public mutating func giveBack(_ block: Int) { pool.release([block]) }

  /// Lends `count` blocks, to be filled; nil where they would have to be taken from sequences. `adopt` ends it.
  public mutating func lendFresh(_ count: Int) -> [Int]? {
    pool.reserve(PrefixMatch(), blockCount: count)?.blocks
  }

  /// Takes blocks from `lendFresh` back: the first of them hold the rows of `boundaries`, one each, and are kept as cached
  /// prefixes; the others hold nothing.
  public mutating func adopt(_ blocks: [Int], as boundaries: ArraySlice<PrefixBoundary>) {
    precondition(boundaries.count <= blocks.count, "\(boundaries.count) boundaries of \(blocks.count) blocks")
    for (block, boundary) in zip(blocks, boundaries) { pool.register(boundary.key, at: block) }
    pool.release(blocks)
  }

  private func block(of key: PrefixKey) -> Int? { pool.prefixes.block(of: key) }
}
