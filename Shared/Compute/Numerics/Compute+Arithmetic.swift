import CKernels
public import Concurrency

/// What a CPU multiplies and adds in one instruction.
public enum Arithmetic: String, Sendable, CaseIterable {
  case fp32
  /// Products of bf16, sums in f32.
  case bf16
  /// Products of 8 bits, sums in 32.
  case int8

  var kind: llava_arithmetic {
    switch self {
    case .fp32: LLAVA_FP32_FMA
    case .bf16: LLAVA_BF16_DOT
    case .int8: LLAVA_INT8_DOT
    }
  }
}

extension Compute {
  /// Turns of one call: about a millisecond, which the start of a loop is nothing beside.
  private static let arithmeticStepCount = 1 << 18

  /// Multiply-adds in a second that all threads together do in registers, which no product can be faster than: the best
  /// of the loops that begin within `duration`, at least one. Nothing where the instruction set has none of the kind.
  public func multiplyAddRate(
    of arithmetic: Arithmetic, within duration: Duration, clock: any MonotonicClock
  ) -> Double? {
    // Several turns for each thread: one that is held up by another program costs the rest little.
    let turnCount = 4 * threadCount
    let total = Lock(0.0)
    var best = 0.0
    let end = clock.now + duration
    repeat {
      total.withLock { $0 = 0 }
      let start = clock.now
      pool.run(turnCount) { _, _ in
        var count = 0.0
        kernels.multiply_adds(&count, arithmetic.kind, Self.arithmeticStepCount)
        total.withLock { [count] in $0 += count }
      }
      let seconds = Double(max(1, (clock.now - start).nanoseconds)) / 1e9
      best = max(best, total.withLock { $0 } / seconds)
    } while best > 0 && clock.now < end
    return best > 0 ? best : nil
  }
}
