import CKernels
import Concurrency

extension Compute {
  /// Looks at every number of `weights`, on all threads, and returns one that is infinite or not a number: of which
  /// weight, and at which index. Pages of mapped files are let go again.
  public func notFinite(in weights: [WeightMatrix]) -> (weight: Int, element: Int)? {
    var slices: [(weight: Int, rows: Range<Int>)] = []
    for (index, weight) in weights.enumerated() {
      // About a megabyte: enough to be worth a thread's turn, and few are looked at in vain after a find.
      let height = max(1, (1 << 20) / max(1, weight.type.byteCount(of: weight.columns)))
      for start in stride(from: 0, to: weight.rows, by: height) {
        slices.append((index, start..<min(start + height, weight.rows)))
      }
    }
    let found = Lock<Int?>(nil)
    pool.run(slices.count) { slice, _ in
      let (index, rows) = slices[slice]
      defer { weights[index].releasePages(of: rows) }
      guard found.withLock({ $0 == nil }), weights[index].firstNotFinite(in: rows) != nil else { return }
      found.withLock { $0 = slice }
    }
    guard let slice = found.withLock({ $0 }) else { return nil }
    let (index, rows) = slices[slice]
    return weights[index].firstNotFinite(in: rows).map { (index, $0) }
  }
}

extension WeightMatrix {
  /// The index in the whole matrix.
  fileprivate func firstNotFinite(in rows: Range<Int>) -> Int? {
    let count = rows.count * columns
    let index = llava_first_not_finite(address(row: rows.lowerBound), type.stored, count)
    return index < count ? rows.lowerBound * columns + index : nil
  }
}
