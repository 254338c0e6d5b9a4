import CKernels
import Numerics
import Testing

/// The row-invariant product: one order of summation, whatever is computed beside an element.
@Suite struct ProductTests {
  private static let seed: UInt64 = 11
  private static let types: [(llava_element, Int)] = [(LLAVA_F32, 4), (LLAVA_F16, 2), (LLAVA_BF16, 2)]

  /// Random weights of a type, one byte off every alignment.
  private func stored(_ count: Int, _ type: llava_element, _ size: Int, _ random: inout RandomValues) -> [UInt8] {
    let values = random.floats(count)
    return [UInt8](unsafeUninitializedCapacity: count * size + 1) { buffer, initialized in
      buffer[0] = 0
      KernelGridTests.reference.narrow(buffer.baseAddress! + 1, values, type, count)
      initialized = count * size + 1
    }
  }

  private func product(
    _ kernels: llava_kernels, _ x: ArraySlice<Float>, _ w: [UInt8], _ type: llava_element, _ rows: Int, _ outputs: Int,
    _ depth: Int
  ) -> [Float] {
    var y = [Float](repeating: .nan, count: rows * outputs)
    x.withUnsafeBufferPointer { x in
      w.withUnsafeBytes { w in
        kernels.product(&y, x.baseAddress!, w.baseAddress! + 1, type, rows, outputs, depth, outputs)
      }
    }
    return y
  }

  @Test func everyLevelGivesTheBitsOfTheReference() {
    for (type, size) in Self.types {
      for depth in [1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 33, 64, 100, 193] {
        for (rows, outputs) in [(1, 1), (1, 5), (2, 4), (3, 3), (5, 7), (6, 4), (7, 9), (13, 6)] {
          var random = RandomValues(seed: Self.seed)
          let w = stored(outputs * depth, type, size, &random)
          let x = random.floats(rows * depth)
          let expected = product(KernelGridTests.reference, x[...], w, type, rows, outputs, depth)
          for level in KernelGridTests.levels {
            #expect(
              product(level, x[...], w, type, rows, outputs, depth) == expected,
              "\(type) \(rows) x \(outputs) x \(depth), level \(level.level), seed \(Self.seed)")
          }
        }
      }
    }
  }

  @Test func aRowHasTheSameBitsWhateverIsComputedWithIt() {
    let (outputs, depth, most) = (37, 211, 640)
    for kernels in KernelGridTests.levels + [KernelGridTests.reference] {
      for (type, size) in Self.types {
        var random = RandomValues(seed: Self.seed)
        let w = stored(outputs * depth, type, size, &random)
        let x = random.floats(most * depth)
        let all = product(kernels, x[...], w, type, most, outputs, depth)
        for rows in 1...64 {
          let first = Int.random(in: 0...most - rows, using: &random)
          let part = product(kernels, x[first * depth..<(first + rows) * depth], w, type, rows, outputs, depth)
          #expect(
            part == Array(all[first * outputs..<(first + rows) * outputs]),
            "rows \(first) to \(first + rows), \(type), level \(kernels.level), seed \(Self.seed)")
        }
      }
    }
  }

  @Test func theOrderIsSixteenPartialSumsFoldedInHalves() {
    // Only in this order do the large values meet each other before the small ones: 0 + 8, 4 + 12, ...
    var x = [Float](repeating: 0, count: 17)
    x[0] = 1e8
    x[8] = -1e8
    x[1] = 1
    x[9] = 2
    x[16] = 4  // joins partial sum 0, where it is lost beside 1e8
    let ones = [Float](repeating: 1, count: 17)
    for kernels in KernelGridTests.levels + [KernelGridTests.reference] {
      var y: Float = 0
      kernels.product(&y, x, ones, LLAVA_F32, 1, 1, 17, 1)
      #expect(y == 3, "level \(kernels.level)")
    }
  }

  @Test func linearsAreThatProductOverSlicesWithTheirBias() {
    let (rows, outputs, depth) = (9, 301, 260)
    var random = RandomValues(seed: Self.seed)
    let w = stored(outputs * depth, LLAVA_BF16, 2, &random)
    let x = random.floats(rows * depth)
    let bias = random.floats(outputs)
    let expected = product(KernelGridTests.reference, x[...], w, LLAVA_BF16, rows, outputs, depth)
    for threads in 1...3 {
      let compute = Compute(threads: threads)
      let matrix = OwnedBytes(Array(w.dropFirst())).matrix(rows: outputs, columns: depth, type: .bf16)
      let tensor = Tensor(x, rows: rows, columns: depth, on: compute)
      #expect(Linear(matrix)(tensor).values == expected)
      let biased = Linear(matrix, bias: bias)(tensor).values
      #expect(biased == expected.indices.map { expected[$0] + bias[$0 % outputs] })
    }
  }
}
