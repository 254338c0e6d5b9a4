public import Concurrency
import Glibc

extension Compute {
  /// Several times the third-level cache of today's servers' cores, and little of any machine's memory.
  private static let bandwidthByteCount = 256 << 20
  /// What a thread reads at a turn.
  private static let bandwidthSliceByteCount = 1 << 20

  /// Bytes per second that all threads together read from memory, which bounds how many tokens a second a model can say:
  /// the best of the passes that begin within `duration`, at least one. Nothing where the system has no memory for it.
  public func readBandwidth(within duration: Duration, clock: any MonotonicClock) -> Double? {
    typealias Line = SIMD8<UInt64>
    let byteCount = Self.bandwidthByteCount
    let mapping = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapping, mapping != MAP_FAILED else { return nil }
    defer { munmap(mapping, byteCount) }
    let lineCount = Self.bandwidthSliceByteCount / MemoryLayout<Line>.stride
    let sliceCount = byteCount / Self.bandwidthSliceByteCount
    let lines = mapping.bindMemory(to: Line.self, capacity: sliceCount * lineCount)
    // A page that was never written to is one and the same page of zeros, which no memory is read for.
    pool.run(sliceCount) { slice, _ in
      (lines + slice * lineCount).update(repeating: Line(repeating: UInt64(slice)), count: lineCount)
    }
    let total = Lock(Line())
    var best = 0.0
    let end = clock.now + duration
    repeat {
      let start = clock.now
      pool.run(sliceCount) { slice, _ in
        var sum = Line()
        for index in slice * lineCount..<(slice + 1) * lineCount { sum &+= lines[index] }
        // Kept, so that the compiler has to read.
        total.withLock { [sum] in $0 &+= sum }
      }
      best = max(best, Double(byteCount) / Double(max(1, (clock.now - start).nanoseconds)) * 1e9)
    } while clock.now < end
    return best
  }
}
