import CKernels
import Numerics
import Testing

@Suite struct ConversionTests {
  private let halves = (0...UInt16.max).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
  private let all = KernelGridTests.levels + [KernelGridTests.reference]

  private func widened(_ kernels: llava_kernels, _ type: llava_element) -> [Float] {
    var y = [Float](repeating: 0, count: halves.count / 2)
    kernels.widen(&y, halves, type, y.count)
    return y
  }

  private func narrowed(_ kernels: llava_kernels, _ values: [Float], _ type: llava_element) -> [UInt16] {
    var y = [UInt16](repeating: 0, count: values.count)
    kernels.narrow(&y, values, type, values.count)
    return y
  }

  @Test(arguments: [LLAVA_F16, LLAVA_BF16]) func everyNumberComesBackAsItWas(_ type: llava_element) {
    for kernels in all {
      let values = widened(kernels, type)
      for (half, back) in narrowed(kernels, values, type).enumerated() where !values[half].isNaN {
        #expect(back == UInt16(half), "level \(kernels.level)")
      }
      for (bits, value) in values.enumerated() {
        let expected =
          type == LLAVA_F16 ? Float(Float16(bitPattern: UInt16(bits))) : Float(bitPattern: UInt32(bits) << 16)
        #expect(value == expected || value.isNaN && expected.isNaN, "level \(kernels.level), bits \(bits)")
      }
    }
  }

  @Test func roundingIsToTheNearestAndTiesToEven() {
    let seed: UInt64 = 5
    var random = RandomValues(seed: seed)
    var values: [Float] = [
      65519.996, 65520, 1e30, -.infinity, 0x1p-24, 0x1p-25, 0x1.000002p-25, 0x1.8p-24, 0x1.ffcp-15, 0x1.ffep-15, -0.0,
      0x1p-130,
    ]
    // Halfway between neighbours, and a hair to each side of it.
    for _ in 0..<20_000 {
      let bits = UInt32(truncatingIfNeeded: random.next())
      values += [bits, bits & 0xFFFF_E000 | 0x1000, bits & 0xFFFF_0000 | 0x8000, bits & 0xFFFF_0000 | 0x7FFF]
        .map { Float(bitPattern: $0) }
    }
    for kernels in all {
      let f16 = narrowed(kernels, values, LLAVA_F16)
      let bf16 = narrowed(kernels, values, LLAVA_BF16)
      for (index, value) in values.enumerated() where !value.isNaN {
        #expect(f16[index] == Float16(value).bitPattern, "\(value) as f16, level \(kernels.level), seed \(seed)")
        let (upper, lower) = (value.bitPattern >> 16, value.bitPattern & 0xFFFF)
        let up: UInt32 = lower > 0x8000 || lower == 0x8000 && upper & 1 == 1 ? 1 : 0
        #expect(bf16[index] == UInt16(upper + up), "\(value) as bf16, level \(kernels.level), seed \(seed)")
      }
      for type in [LLAVA_F16, LLAVA_BF16] {
        let notANumber = narrowed(kernels, [.nan, Float(bitPattern: 0x7F80_0001)], type)
        var back: [Float] = [0, 0]
        kernels.widen(&back, notANumber, type, 2)
        #expect(back[0].isNaN && back[1].isNaN, "level \(kernels.level)")
      }
    }
  }

  @Test(arguments: ElementType.allCases) func tensorsCrossTheWireInEveryType(_ type: ElementType) {
    let values: [Float] = [0, 1, -2.5, 0.125, 1024, -0.75]
    let compute = Compute(threads: 1)
    let bytes = Tensor(values, rows: 2, columns: 3, on: compute).encoded(as: type)
    #expect(bytes == type.encoded(values))
    #expect(type.decoded([UInt8]().span.bytes).isEmpty && type.encoded([]).isEmpty)
    #expect(Tensor(decoding: [UInt8]().span.bytes, as: type, rows: 0, columns: 3, on: compute).values.isEmpty)
    #expect(bytes.count == values.count * type.byteCount)
    #expect(type.decoded(bytes.span.bytes) == values)
    #expect(Tensor(decoding: bytes.span.bytes, as: type, rows: 2, columns: 3, on: compute).values == values)
  }
}
