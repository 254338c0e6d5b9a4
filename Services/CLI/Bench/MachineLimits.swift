import Concurrency
import Launch
import Numerics

/// What the machine can do at most, as it was measured.
struct MachineLimits: Equatable, Sendable, Codable {
  /// Bytes a second from memory.
  var readBandwidth: Double
  /// Multiply-adds a second; nothing where the CPU has no such instruction.
  var fp32: Double
  var bf16: Double?
  var int8: Double?

  /// What a CPU has no instruction for is computed in f32.
  func rate(of arithmetic: Arithmetic) -> Double {
    switch arithmetic {
    case .fp32: fp32
    case .bf16: bf16 ?? fp32
    case .int8: int8 ?? fp32
    }
  }

  /// The higher of each: a figure's share is never made larger by a machine that was busy while it was measured.
  static func best(_ one: MachineLimits, _ other: MachineLimits) -> MachineLimits {
    func most(_ one: Double?, _ other: Double?) -> Double? { [one, other].compactMap { $0 }.max() }
    return MachineLimits(
      readBandwidth: max(one.readBandwidth, other.readBandwidth), fp32: max(one.fp32, other.fp32),
      bf16: most(one.bf16, other.bf16), int8: most(one.int8, other.int8))
  }
}

/// Measures a machine's limits.
struct MachineMeter: Sendable {
  let compute: Compute
  let clock: any MonotonicClock
  /// Bytes that are read from memory.
  var byteCount = Self.byteCount(cacheByteCount: Machine.lastCacheByteCount, memoryByteCount: Machine.memoryByteCount)
  /// Time for each limit.
  var duration = Duration.milliseconds(250)

  /// A GiB, and eight times the last cache, so that little of it is still there at the next pass; a quarter of the memory
  /// at most.
  static func byteCount(cacheByteCount: Int, memoryByteCount: Int) -> Int {
    min(max(1 << 30, 8 * cacheByteCount), memoryByteCount / 4)
  }

  func measure() throws(LaunchError) -> MachineLimits {
    guard let bandwidth = compute.readBandwidth(of: byteCount, within: duration, clock: clock),
      let fp32 = compute.multiplyAddRate(of: .fp32, within: duration, clock: clock)
    else {
      throw LaunchError(
        .file, "the read bandwidth: expected \(ByteCount(bytes: byteCount)) of memory to read, and the system has none")
    }
    return MachineLimits(
      readBandwidth: bandwidth, fp32: fp32,
      bf16: compute.multiplyAddRate(of: .bf16, within: duration, clock: clock),
      int8: compute.multiplyAddRate(of: .int8, within: duration, clock: clock))
  }
}
