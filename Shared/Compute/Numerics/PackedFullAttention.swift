import CKernels

/// Attention of every token to every token of its own view, in bf16 with sums in f32. A row's result depends on its own
/// view alone.
public struct PackedFullAttention: Sendable {
  private let headCount: Int
  /// Query rows of a piece: enough of them that packing the keys and values again for each costs little.
  private static let pieceHeight = 160

  public init(headCount: Int) { self.headCount = headCount }

  /// Queries, keys and values are `[tokens, heads * width]` for each view; so are the results.
  public func callAsFunction(queries: [Tensor], keys: [Tensor], values: [Tensor]) -> [Tensor] {
    guard let first = queries.first else { return [] }
    precondition(first.columns % headCount == 0, "\(first.columns) columns for \(headCount) heads")
    let compute = first.compute
    let results = queries.map { Tensor(uninitialized: $0.rows, $0.columns, on: compute) }
    let width = first.columns / headCount
    let scratch = ScratchBytes(llava_full_attention_scratch_bytes(first.rows, width), on: compute)
    // A head is cut only where there are fewer heads than would keep all threads busy to the end.
    let isCut = queries.count * headCount < 4 * compute.threadCount
    let pieceCount = isCut ? (first.rows + Self.pieceHeight - 1) / Self.pieceHeight : 1
    let perView = headCount * pieceCount
    compute.pool.run(queries.count * perView) { index, worker in
      let (view, rest) = index.quotientAndRemainder(dividingBy: perView)
      let (head, piece) = rest.quotientAndRemainder(dividingBy: pieceCount)
      let (q, k, v, y) = (queries[view], keys[view], values[view], results[view])
      precondition(
        k.rows == q.rows && v.rows == q.rows && k.columns == q.columns && v.columns == q.columns,
        "keys of \(k.rows) x \(k.columns) and values of \(v.rows) x \(v.columns) for \(q.rows) x \(q.columns)")
      let start = q.rows * piece / pieceCount
      compute.kernels.full_attention(
        y.base + head * width, q.base + head * width, k.base + head * width, v.base + head * width,
        1 / Float(width).squareRoot(), start, q.rows * (piece + 1) / pieceCount - start, q.rows, width, q.columns,
        scratch[worker])
    }
    return results
  }
}
