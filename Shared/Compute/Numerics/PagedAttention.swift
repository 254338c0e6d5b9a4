import CKernels

/// Causal attention over the cache: each row sees the keys of its sequence up to its own position.
///
/// Row-invariant: the sum for a row and head runs over the positions in ascending order, whatever blocks they lie in
/// and whatever else is in the batch.
public struct PagedAttention: Sendable {
  private let headCount: Int

  /// - Parameter headCount: heads of queries, a multiple of the cache's; consecutive ones share a key head.
  public init(headCount: Int) { self.headCount = headCount }

  /// `queries` are `[rows, heads * width]`, and so is the result. The rows' own keys have been stored. `groups` are of
  /// the same placement.
  public func callAsFunction(
    _ queries: Tensor, in cache: KVCache, layer: Int, at placement: RowPlacement, by groups: RowGroups
  ) -> Tensor {
    cache.check(queries, layer, placement)
    let shape = cache.shape
    precondition(
      queries.columns == headCount * shape.headWidth && headCount % shape.headCount == 0,
      "queries of \(queries.columns) for \(headCount) heads of \(shape.headWidth) over \(shape.headCount)")
    let y = Tensor(uninitialized: queries.rows, queries.columns, on: queries.compute)
    let longest = (placement.positions.max() ?? 0) + 1
    let scratch = ScratchBytes(
      llava_attend_scratch_floats(longest, shape.headWidth) * MemoryLayout<Float>.stride, on: y.compute)
    let groupCount = groups.groups.count
    // Groups of one key head follow each other, so that its keys stay in the cache of the thread.
    placement.blocks.withUnsafeBufferPointer { blocks in
      y.compute.pool.run(shape.headCount * groupCount) { index, worker in
        let (head, group) = index.quotientAndRemainder(dividingBy: groupCount)
        attend(
          groups.groups[group], placement, blocks.baseAddress!, queries, y, cache, layer, head, scratch[worker])
      }
    }
    return y
  }

  private func attend(
    _ group: RowGroups.Group, _ placement: RowPlacement, _ blocks: UnsafePointer<Int32>, _ queries: Tensor, _ y: Tensor,
    _ cache: KVCache, _ layer: Int, _ head: Int, _ scratch: UnsafeMutableRawPointer
  ) {
    let shape = cache.shape
    let sharing = headCount / shape.headCount
    let count = group.rows.count * sharing
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: count) { inputs in
      withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>?.self, capacity: count) { outputs in
        withUnsafeTemporaryAllocation(of: UnsafePointer<Int32>?.self, capacity: count) { tables in
          withUnsafeTemporaryAllocation(of: Int.self, capacity: count) { keys in
            for index in 0..<count {
              let row = group.rows[index / sharing]
              let first = row * y.columns + (head * sharing + index % sharing) * shape.headWidth
              inputs[index] = UnsafePointer(queries.base + first)
              outputs[index] = y.base + first
              tables[index] = blocks + placement.tableStarts[row]
              keys[index] = placement.positions[row] + 1
            }
            var some = llava_queries(
              count: count, q: inputs.baseAddress, y: outputs.baseAddress, blocks: tables.baseAddress,
              keys: keys.baseAddress, shared_blocks: group.sharedBlockCount)
            y.compute.kernels.attend(
              &some, cache.address(block: 0, layer: layer, head: head), shape.element.stored,
              1 / Float(shape.headWidth).squareRoot(), shape.headWidth, shape.blockStride,
              scratch.assumingMemoryBound(to: Float.self))
          }
        }
      }
    }
  }
}
