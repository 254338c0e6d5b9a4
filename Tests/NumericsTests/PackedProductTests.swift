import CKernels
import Numerics
import Testing

/// Room for panels or tiles.
private final class Bytes: @unchecked Sendable {  // sound: one test writes it
  let base: UnsafeMutableRawPointer

  init(count: Int) { base = .allocate(byteCount: count, alignment: 64) }

  deinit { base.deallocate() }
}

/// Packed products on every level that this CPU has: what the definition says, whatever else is computed with it.
@Suite struct PackedProductTests {
  private static let packings = [LLAVA_PACKED_BF16, LLAVA_PACKED_INT8, LLAVA_PACKED_Q8_0, LLAVA_PACKED_Q4_0]
  private let fast = [LLAVA_AVX2, LLAVA_AVXVNNI, LLAVA_AVX512, LLAVA_VNNI, LLAVA_AVX512_BF16]
  /// Products of bf16 may be added two at a time, each time rounded: by this part of the sum of magnitudes.
  private static let roundingShare: Float = 1e-5

  /// Random weights and inputs, as they are and packed. Deep enough for some blocks, and a depth that is no whole step
  /// where the packing has no blocks.
  private struct Case {
    let packing: llava_packing
    let (rows, outputs, depth): (Int, Int, Int)
    let x: [Float]
    let w: [Float]
    let bias: [Float]
    let panels: Bytes

    init(_ packing: llava_packing, rows: Int, outputs: Int, seed: UInt64) {
      self.packing = packing
      (self.rows, self.outputs) = (rows, outputs)
      depth = packing == LLAVA_PACKED_BF16 ? 141 : packing == LLAVA_PACKED_INT8 ? 143 : 160
      var random = RandomValues(seed: seed)
      x = random.floats(rows * depth)
      w = random.floats(outputs * depth)
      bias = random.floats(outputs)
      panels = Case.packed(w, packing, outputs: outputs, depth: depth)
    }

    private static func packed(_ w: [Float], _ packing: llava_packing, outputs: Int, depth: Int) -> Bytes {
      let size = llava_panel_bytes(packing, depth)
      let panels = Bytes(count: (outputs + 15) / 16 * size)
      let scratch = Bytes(count: llava_pack_scratch_bytes(packing, depth))
      w.withUnsafeBufferPointer { w in
        for first in stride(from: 0, to: outputs, by: 16) {
          let rows = (first..<min(first + 16, outputs)).map {
            UnsafeRawPointer(w.baseAddress! + $0 * depth) as UnsafeRawPointer?
          }
          llava_pack_panel(
            panels.base + first / 16 * size, rows, LLAVA_F32, packing, rows.count, depth, scratch.base)
        }
      }
      return panels
    }

    /// The result of `level` for the rows in `range`, packed by themselves; nil where the CPU lacks it.
    func result(_ level: llava_level, rows range: Range<Int>) -> [Float]? {
      guard let kernels = llava_kernels_at(level)?.pointee else { return nil }
      let tiles = Bytes(count: range.count * llava_tile_row_bytes(packing, depth))
      let scratch = Bytes(count: llava_product_scratch_bytes(depth))
      var y = [Float](repeating: .nan, count: range.count * outputs)
      x.withUnsafeBufferPointer {
        kernels.pack_rows(
          tiles.base, $0.baseAddress! + range.lowerBound * depth, packing, range.count, depth, depth)
      }
      kernels.packed_product(
        &y, tiles.base, panels.base, packing, bias, range.count, outputs, depth, outputs, scratch.base)
      return y
    }

    /// The sum in double precision, and that of magnitudes.
    func exact(_ row: Int, _ output: Int) -> (value: Double, magnitude: Double) {
      var (value, magnitude) = (Double(bias[output]), 0.0)
      for k in 0..<depth {
        let product = Double(x[row * depth + k]) * Double(w[output * depth + k])
        value += product
        magnitude += abs(product)
      }
      return (value, magnitude)
    }
  }

  @Test(arguments: packings) func everyLevelGivesWhatTheReferenceGives(packing: llava_packing) throws {
    for (rows, outputs) in [(1, 1), (2, 16), (5, 17), (6, 32), (7, 33), (12, 48), (13, 50), (25, 70)] {
      let sample = Case(packing, rows: rows, outputs: outputs, seed: UInt64(rows))
      let expected = try #require(sample.result(LLAVA_REFERENCE, rows: 0..<rows))
      for level in fast {
        guard let found = sample.result(level, rows: 0..<rows) else { continue }
        if packing == LLAVA_PACKED_BF16 {
          for index in found.indices {
            let magnitude = Float(sample.exact(index / outputs, index % outputs).magnitude)
            #expect(abs(found[index] - expected[index]) <= PackedProductTests.roundingShare * magnitude)
          }
        } else {
          #expect(found == expected, "\(packing) \(level), \(rows) x \(outputs)")
        }
      }
    }
  }

  @Test(arguments: packings) func aRowDoesNotDependOnItsNeighbours(packing: llava_packing) throws {
    let (rows, outputs) = (40, 50)
    let sample = Case(packing, rows: rows, outputs: outputs, seed: 3)
    for level in fast {
      guard let whole = sample.result(level, rows: 0..<rows) else { continue }
      for range in [0..<1, 7..<8, 0..<5, 3..<9, 11..<24, 39..<40] {
        let part = try #require(sample.result(level, rows: range))
        #expect(part == Array(whole[range.lowerBound * outputs..<range.upperBound * outputs]), "\(level) \(range)")
      }
    }
  }

  /// Half a step of each number's scale, of the weights and of the inputs, against the sum of magnitudes of that row.
  @Test(arguments: zip(packings, [0.008, 0.02, 0.02, 0.2])) func theResultIsNearTheExactSum(
    packing: llava_packing, share: Double
  ) throws {
    let sample = Case(packing, rows: 9, outputs: 20, seed: 9)
    let found = try #require(sample.result(LLAVA_REFERENCE, rows: 0..<9))
    for index in found.indices {
      let exact = sample.exact(index / 20, index % 20)
      #expect(abs(Double(found[index]) - exact.value) <= share * exact.magnitude, "\(packing) \(index)")
    }
  }

  @Test(arguments: packings) func aNumberThatIsNoneIsNeverLost(packing: llava_packing) throws {
    let sample = Case(packing, rows: 3, outputs: 5, seed: 4)
    var x = sample.x
    x[sample.depth + 70] = .nan
    let tiles = Bytes(count: 3 * llava_tile_row_bytes(packing, sample.depth))
    let scratch = Bytes(count: llava_product_scratch_bytes(sample.depth))
    for level in [LLAVA_REFERENCE] + fast {
      guard let kernels = llava_kernels_at(level)?.pointee else { continue }
      var y = [Float](repeating: 0, count: 15)
      kernels.pack_rows(tiles.base, x, packing, 3, sample.depth, sample.depth)
      kernels.packed_product(&y, tiles.base, sample.panels.base, packing, nil, 3, 5, sample.depth, 5, scratch.base)
      #expect(y[5..<10].allSatisfy(\.isNaN) && (y[0..<5] + y[10..<15]).allSatisfy(\.isFinite), "\(packing) \(level)")
    }
  }
}
