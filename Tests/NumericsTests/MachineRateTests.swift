import CKernels
import Concurrency
import Numerics
import Testing

/// What measures the machine does what it counts.
@Suite struct MachineRateTests {
  private static let seed: UInt64 = 11
  private static let levels = InstructionSet.allCases.compactMap { llava_kernels_at(llava_level($0.rawValue))?.pointee }

  /// Which have instructions of their own for it.
  private static let sets: [Arithmetic: [InstructionSet]] = [
    .fp32: InstructionSet.allCases, .bf16: [.bf16, .i8mm],
    .int8: [.avx2, .avxvnni, .vnni, .bf16, .dotprod, .i8mm],
  ]

  /// Sums of ones are exact, so a sum that is a whole number of turns was really added up.
  @Test(arguments: zip(Arithmetic.allCases, [LLAVA_FP32_FMA, LLAVA_BF16_DOT, LLAVA_INT8_DOT]))
  func multiplyAddsAreAsManyAsTheirTurns(arithmetic: Arithmetic, kind: llava_arithmetic) {
    for kernels in Self.levels {
      func count(_ steps: Int) -> Double {
        var count = -1.0
        kernels.multiply_adds(&count, kind, steps)
        return count
      }
      let one = count(1)
      #expect(count(0) == 0 && count(3) == 3 * one && count(1000) == 1000 * one, "level \(kernels.level)")
      #expect(
        (one > 0) == Self.sets[arithmetic]?.contains { $0.rawValue == kernels.level.rawValue }, "level \(kernels.level)"
      )
    }
  }

  @Test func sumsStayExactForAsManyTurnsAsAreAllowed() {
    guard let kernels = llava_kernels_at(LLAVA_AVX512_BF16)?.pointee else { return }
    for arithmetic in [LLAVA_FP32_FMA, LLAVA_BF16_DOT, LLAVA_INT8_DOT] {
      var (one, most) = (0.0, 0.0)
      kernels.multiply_adds(&one, arithmetic, 1)
      kernels.multiply_adds(&most, arithmetic, 1 << 22)
      #expect(most == one * Double(1 << 22))
    }
  }

  @Test(arguments: [0, 1, 7, 8, 63, 64, 65, 127, 128, 129, 1000])
  func everyLevelReadsEveryWord(count: Int) {
    var random = RandomValues(seed: Self.seed)
    let words = random.floats(count).map(\.bitPattern)
    let expected = words.reduce(0, &+)
    for kernels in Self.levels {
      var sum: UInt32 = 1
      words.withUnsafeBytes { kernels.read_words(&sum, $0.baseAddress, count) }
      #expect(sum == expected, "level \(kernels.level), seed \(Self.seed)")
    }
  }

  @Test func everyInstructionSetHasARateForWhatItHas() {
    for set in InstructionSet.allCases where set.isAvailable {
      let compute = Compute(threads: 2, instructionSet: set)
      for arithmetic in Arithmetic.allCases {
        let rate = compute.multiplyAddRate(of: arithmetic, within: .zero, clock: SystemClock())
        #expect((rate != nil) == Self.sets[arithmetic]?.contains(set))
        #expect(rate.map { $0 > 0 } ?? true)
      }
      #expect(compute.readBandwidth(of: 3 << 20, within: .zero, clock: SystemClock()).map { $0 > 0 } == true)
    }
  }
}
