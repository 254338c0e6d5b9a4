import COpenBLAS

/// Attention of every token to every token of its own view, as in a vision transformer: no mask, no positions.
///
/// A view is cut into the same pieces whatever else is in the batch, so its result depends on itself alone.
public struct FullAttention: Sendable {
  private let headCount: Int
  /// Query rows of a head that are done at a time: a quarter of the view, so that a few heads keep several threads
  /// busy and the scores of 577 tokens stay in a second-level cache.
  private static let piecesPerHead = 4

  public init(headCount: Int) { self.headCount = headCount }

  /// Queries, keys and values are `[tokens, heads * width]` for each view; so are the results.
  public func callAsFunction(queries: [Tensor], keys: [Tensor], values: [Tensor]) -> [Tensor] {
    guard let first = queries.first else { return [] }
    precondition(first.columns % headCount == 0, "\(first.columns) columns for \(headCount) heads")
    let results = queries.map { Tensor(uninitialized: $0.rows, $0.columns, on: $0.compute) }
    let piece = (first.rows + FullAttention.piecesPerHead - 1) / FullAttention.piecesPerHead
    let scratch = Tensor(uninitialized: first.compute.threadCount * piece, first.rows, on: first.compute)
    let perView = headCount * FullAttention.piecesPerHead
    first.compute.pool.run(queries.count * perView) { index, worker in
      let view = index / perView
      let head = index % perView / FullAttention.piecesPerHead
      let start = min(index % FullAttention.piecesPerHead * piece, first.rows)
      attend(
        results[view], queries[view], keys[view], values[view], head: head,
        rows: start..<min(start + piece, first.rows), scores: scratch.base + worker * piece * first.rows)
    }
    return results
  }

  private func attend(
    _ y: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, head: Int, rows: Range<Int>,
    scores: UnsafeMutablePointer<Float>
  ) {
    precondition(
      k.rows == y.rows && v.rows == y.rows && k.columns == y.columns && v.columns == y.columns,
      "keys of \(k.rows) x \(k.columns) and values of \(v.rows) x \(v.columns) for \(y.rows) x \(y.columns)")
    guard !rows.isEmpty else { return }
    let width = y.columns / headCount
    let stride = blasint(y.columns)
    let tokens = blasint(y.rows)
    let first = rows.lowerBound * y.columns + head * width
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows.count), tokens, blasint(width),
      1, q.base + first, stride, k.base + head * width, stride, 0, scores, tokens)
    y.compute.kernels.softmax(scores, 1 / Float(width).squareRoot(), rows.count, y.rows)
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows.count), blasint(width), tokens,
      1, scores, tokens, v.base + head * width, stride, 0, y.base + first, stride)
  }
}
