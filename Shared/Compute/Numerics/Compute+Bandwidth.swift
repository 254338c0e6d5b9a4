public import Concurrency
import Glibc

extension Compute {
  /// Several times the third-level cache of today's servers' cores, and little of any machine's memory.
  public static let bandwidthByteCount = 256 << 20
  /// What a thread reads at a turn.
  private static let bandwidthSliceByteCount = 1 << 20

  /// Bytes per second that all threads together read from memory, which bounds how many tokens a second a model can say:
  /// the best of the passes over `byteCount` that begin within `duration`, at least one. Nothing where the system has no
  /// memory for it.
  public func readBandwidth(
    of byteCount: Int = Compute.bandwidthByteCount, within duration: Duration, clock: any MonotonicClock
  ) -> Double? {
    let sliceByteCount = Self.bandwidthSliceByteCount
    let sliceCount = max(1, byteCount / sliceByteCount)
    let byteCount = sliceCount * sliceByteCount
    let mapping = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapping, mapping != MAP_FAILED else { return nil }
    defer { munmap(mapping, byteCount) }
    // A hint: where it is not taken, the pages are small, and reading them costs a little more.
    madvise(mapping, byteCount, MADV_HUGEPAGE)
    // A page that was never written to is one and the same page of zeros, which no memory is read for.
    pool.run(sliceCount) { slice, _ in
      memset(mapping + slice * sliceByteCount, Int32(slice & 255), sliceByteCount)
    }
    let total = Lock<UInt32>(0)
    var best = 0.0
    let end = clock.now + duration
    repeat {
      let start = clock.now
      pool.run(sliceCount) { slice, _ in
        var sum: UInt32 = 0
        kernels.read_words(&sum, mapping + slice * sliceByteCount, sliceByteCount / MemoryLayout<UInt32>.size)
        // Kept, so that the compiler has to read.
        total.withLock { [sum] in $0 &+= sum }
      }
      best = max(best, Double(byteCount) / Double(max(1, (clock.now - start).nanoseconds)) * 1e9)
    } while clock.now < end
    return best
  }
}
