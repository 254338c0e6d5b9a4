/// Causal attention over the cache: each row sees the keys of its sequence up to its own position.
///
/// Row-invariant: the sum for a row and head runs over the positions in ascending order, whatever blocks they lie in
/// and whatever else is in the batch.
public struct PagedAttention: Sendable {
  private let headCount: Int

  /// - Parameter headCount: heads of queries, a multiple of the cache's; consecutive ones share a key head.
  public init(headCount: Int) { self.headCount = headCount }

  /// `queries` are `[rows, heads * width]`, and so is the result. The rows' own keys have been stored.
  public func callAsFunction(_ queries: Tensor, in cache: KVCache, layer: Int, at placement: RowPlacement) -> Tensor {
    cache.check(queries, layer, placement)
    let shape = cache.shape
    precondition(
      queries.columns == headCount * shape.headWidth && headCount % shape.headCount == 0,
      "queries of \(queries.columns) for \(headCount) heads of \(shape.headWidth) over \(shape.headCount)")
    let y = Tensor(uninitialized: queries.rows, queries.columns, on: queries.compute)
    let longest = (placement.positions.max() ?? 0) / KVCache.blockTokenCount + 1
    let scratch = Tensor(
      uninitialized: y.compute.threadCount, longest * KVCache.blockTokenCount, on: y.compute)
    let sharing = headCount / shape.headCount
    let scale = 1 / Float(shape.headWidth).squareRoot()
    // Rows of one key head follow each other, so that its keys stay in the cache of the thread.
    placement.blocks.withUnsafeBufferPointer { blocks in
      y.compute.pool.run(shape.headCount * y.rows) { index, worker in
        let (keyHead, row) = index.quotientAndRemainder(dividingBy: y.rows)
        for head in keyHead * sharing..<(keyHead + 1) * sharing {
          let first = row * y.columns + head * shape.headWidth
          y.compute.kernels.attend(
            y.base + first, scratch.base + worker * scratch.columns, queries.base + first,
            cache.address(block: 0, layer: layer, head: keyHead), blocks.baseAddress! + placement.tableStarts[row],
            scale, placement.positions[row] + 1, shape.headWidth, shape.blockStride)
        }
      }
    }
    return y
  }
}
