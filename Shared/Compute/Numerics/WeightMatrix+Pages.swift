import Glibc

extension WeightMatrix {
  /// Says that `rows`, in the file's order, are not wanted in memory any more. They may be read again.
  func releasePages(of rows: Range<Int>) {
    guard isMapped, !rows.isEmpty else { return }
    let pageByteCount = UInt(sysconf(Int32(_SC_PAGESIZE)))
    let first = UInt(bitPattern: address(row: rows.lowerBound)) / pageByteCount * pageByteCount
    let last = UInt(bitPattern: address(row: rows.upperBound))
    // A hint; and pages of a file that are let go are read again when they are looked at.
    madvise(UnsafeMutableRawPointer(bitPattern: first), Int(last - first), MADV_DONTNEED)
  }
}
