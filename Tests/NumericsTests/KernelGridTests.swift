import CKernels
import Numerics
import Testing

/// Every fast kernel against its reference twin, over sizes around the widths of vectors and their multiples.
@Suite struct KernelGridTests {
  /// Twins sum in another order and take `exp` from another series: a few units in the last place, 2^-24 each, whose
  /// squares are below 1e-13. A wrong element in ten thousand is above 1e-5.
  private static let bound = 1e-12
  private static let seed: UInt64 = 3
  private static let sizes = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 192, 577]
  static let levels = [LLAVA_AVX2, LLAVA_AVX512].compactMap { llava_kernels_at($0)?.pointee }
  static let reference = llava_kernels_at(LLAVA_REFERENCE)!.pointee

  /// Runs `body` with each level and with the reference, and compares the arrays that it makes.
  private func compare(
    _ what: String, _ body: (llava_kernels) -> [Float], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let expected = body(Self.reference)
    for level in Self.levels {
      let error = normalizedError(body(level), expected)
      #expect(
        error < Self.bound, "\(what), level \(level.level), seed \(Self.seed)", sourceLocation: sourceLocation)
    }
  }

  @Test func elementwiseKernelsEqualTheirTwins() {
    for count in Self.sizes {
      var random = RandomValues(seed: Self.seed)
      let a = random.floats(count, in: -12...12)
      let b = random.floats(count)
      var y = [Float](repeating: 0, count: count)
      compare("add \(count)") {
        $0.add(&y, a, b, count); return y
      }
      compare("swish \(count)") {
        $0.swish(&y, a, 1.702, count); return y
      }
      compare("gated silu \(count)") {
        $0.gated_silu(&y, a, b, count); return y
      }
      compare("gelu \(count)") {
        $0.gelu(&y, a, count); return y
      }
      compare("gelu tanh \(count)") {
        $0.gelu_tanh(&y, a, count); return y
      }
    }
  }

  @Test func activationsHoldTheirAbsoluteErrorAndTheirLimits() {
    let x = stride(from: Float(-100), through: 100, by: 0.003).map { $0 }
    var expected = x
    var y = x
    for level in Self.levels {
      // 2e-7 of erf, which x / 2 multiplies, and rounding of the product.
      Self.reference.gelu(&expected, x, x.count)
      level.gelu(&y, x, x.count)
      for i in x.indices { #expect(abs(y[i] - expected[i]) <= 2e-7 * max(1, abs(x[i])), "gelu of \(x[i])") }
      Self.reference.swish(&expected, x, 1, x.count)
      level.swish(&y, x, 1, x.count)
      for i in x.indices { #expect(abs(y[i] - expected[i]) <= 4e-7 * max(1, abs(x[i])), "silu of \(x[i])") }
      var odd: [Float] = [.nan, .infinity, -1e30, 1e30]
      level.swish(&odd, odd, 1, 4)
      #expect(odd[0].isNaN && odd[1] == .infinity && abs(odd[2]) < 1e-6 && odd[3] == 1e30)
    }
  }

  @Test func rowKernelsEqualTheirTwins() {
    for columns in Self.sizes {
      var random = RandomValues(seed: Self.seed)
      let rows = 3
      let x = random.floats(rows * columns, in: -3...5)
      let weight = random.floats(columns)
      let bias = random.floats(columns)
      var y = x
      compare("rms norm \(columns)") {
        $0.rms_norm(&y, x, weight, 1e-5, rows, columns); return y
      }
      compare("layer norm \(columns)") {
        $0.layer_norm(&y, x, weight, bias, 1e-5, rows, columns); return y
      }
      compare("softmax \(columns)") {
        y = x
        $0.softmax(&y, 0.7, rows, columns)
        return y
      }
      compare("add bias \(columns)") {
        y = x
        $0.add_bias(&y, bias, rows, columns, columns)
        return y
      }
    }
  }

  @Test func rotationEqualsItsTwin() {
    for half in Self.sizes {
      var random = RandomValues(seed: Self.seed)
      let x = random.floats(3 * 2 * half)
      let cosine = random.floats(half)
      let sine = random.floats(half)
      compare("rotate \(half)") {
        var y = x
        $0.rotate(&y, cosine, sine, 3, half)
        return y
      }
    }
  }
}
