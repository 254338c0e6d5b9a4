import CKernels
import Numerics
import Testing

/// Attention over a paged cache: each level against the reference, and each query in a group against itself alone.
@Suite struct AttendTests {
  /// As for the other kernels: some units in the last place, squared.
  private static let bound = 1e-12
  private static let levels = [LLAVA_AVX2, LLAVA_AVX512].compactMap { llava_kernels_at($0)?.pointee }

  /// Queries over the same first blocks, with blocks of their own behind them. What no query sees is not a number.
  private struct Case {
    let width: Int
    let keys: [Int]
    let tables: [[Int32]]
    let sharedBlockCount: Int
    let q: [Float]
    let type: WeightType
    let cache: [UInt8]
    let stride: Int

    init(width: Int, keys: [Int], sharedBlockCount: Int, type: WeightType, seed: UInt64) {
      (self.width, self.keys, self.sharedBlockCount, self.type) = (width, keys, sharedBlockCount, type)
      var random = RandomValues(seed: seed)
      stride = 2 * 16 * width + 8
      var next = Int32(sharedBlockCount)
      tables = keys.map { keys in
        let ownCount = max(0, (keys + 15) / 16 - sharedBlockCount)
        defer { next += Int32(ownCount) }
        return (0..<Int32(sharedBlockCount)).reversed() + (next..<next + Int32(ownCount))
      }
      q = random.floats(keys.count * width, in: -2...2)
      var numbers = random.floats(Int(next) * stride)
      var isSeen = [Bool](repeating: false, count: Int(next) * 16)
      for (table, count) in zip(tables, keys) {
        for key in 0..<count { isSeen[Int(table[key / 16]) * 16 + key % 16] = true }
      }
      for slot in isSeen.indices where !isSeen[slot] {
        for d in 0..<width {
          numbers[slot / 16 * stride + d * 16 + slot % 16] = .nan
          numbers[slot / 16 * stride + 16 * width + slot % 16 * width + d] = .nan
        }
      }
      cache = type.encoded(numbers)
    }

    /// The results of the queries in `range`, computed together.
    func result(_ kernels: llava_kernels, _ range: Range<Int>) -> [Float] {
      var y = [Float](repeating: .nan, count: range.count * width)
      var scratch = [Float](repeating: .nan, count: llava_attend_scratch_floats(keys[range].max()!, width))
      let all = tables[range].flatMap { $0 }
      all.withUnsafeBufferPointer { all in
        q.withUnsafeBufferPointer { q in
          y.withUnsafeMutableBufferPointer { y in
            var start = 0
            let starts = tables[range].map { table in
              defer { start += table.count }
              return UnsafePointer(all.baseAddress! + start) as UnsafePointer<Int32>?
            }
            let inputs = range.map { UnsafePointer(q.baseAddress! + $0 * width) as UnsafePointer<Float>? }
            let outputs = range.indices.map {
              y.baseAddress! + ($0 - range.lowerBound) * width as UnsafeMutablePointer<Float>?
            }
            let counts = Array(keys[range])
            inputs.withUnsafeBufferPointer { inputs in
              outputs.withUnsafeBufferPointer { outputs in
                starts.withUnsafeBufferPointer { starts in
                  counts.withUnsafeBufferPointer { counts in
                    var queries = llava_queries(
                      count: range.count, q: inputs.baseAddress, y: outputs.baseAddress, blocks: starts.baseAddress,
                      keys: counts.baseAddress,
                      shared_blocks: range.count == 1 ? tables[range.lowerBound].count : sharedBlockCount)
                    kernels.attend(
                      &queries, cache, type == .f16 ? LLAVA_F16 : LLAVA_F32, 0.3, width, stride, &scratch)
                  }
                }
              }
            }
          }
        }
      }
      return y
    }
  }

  @Test(arguments: [WeightType.f32, .f16]) func everyLevelGivesWhatTheReferenceGives(type: WeightType) {
    let reference = llava_kernels_at(LLAVA_REFERENCE)!.pointee
    for width in [1, 8, 24, 32, 64, 72, 80, 128] {
      for keys in [[1], [16], [17, 2, 15, 16], [130, 63, 64, 65, 150], Array(40..<57)] {
        let sample = Case(width: width, keys: keys, sharedBlockCount: 3, type: type, seed: 3)
        let expected = sample.result(reference, keys.indices)
        #expect(!expected.contains { !$0.isFinite }, "\(width) x \(keys)")
        for level in Self.levels {
          let error = normalizedError(sample.result(level, keys.indices), expected)
          #expect(error < Self.bound, "\(width) x \(keys), level \(level.level)")
        }
      }
    }
  }

  @Test(arguments: [WeightType.f32, .f16]) func aQueryGivesTheSameBitsInEveryGroup(type: WeightType) {
    for shared in [0, 2, 6] {
      let keys = [65, 66, 99, 120, 33, 100, 97, 98, 96, 95, 64, 48, 47, 16, 130, 131, 132]
      let sample = Case(width: 40, keys: keys, sharedBlockCount: shared, type: type, seed: 5)
      for level in Self.levels {
        let alone = keys.indices.flatMap { sample.result(level, $0..<$0 + 1) }
        for range in [0..<17, 0..<12, 3..<8, 13..<17, 5..<7] {
          let expected = alone[range.lowerBound * 40..<range.upperBound * 40]
          #expect(sample.result(level, range) == Array(expected), "\(shared) \(range), level \(level.level)")
        }
      }
    }
  }
}
