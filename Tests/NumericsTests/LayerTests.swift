import Foundation
import Numerics
import Testing

/// Layers against the few lines that define them, in `Double`.
@Suite struct LayerTests {
  private static let seed: UInt64 = 17
  /// Squares of a few roundings of `f32`.
  private static let bound = 1e-11

  @Test(arguments: ElementType.allCases) func panelsGiveTheProductAndABatchTheBitsOfEachAlone(_ type: ElementType) {
    let (tokens, inputs, outputs) = (23, 70, 150)
    var random = RandomValues(seed: Self.seed)
    let weights = type.decoded(type.encoded(random.floats(outputs * inputs)).span.bytes)
    let bias = random.floats(outputs)
    let compute = Compute(threads: 2)
    let views = (0..<3).map { _ in
      Tensor(random.floats(tokens * inputs), rows: tokens, columns: inputs, on: compute)
    }
    let linear = PanelLinear(
      OwnedBytes.matrix(weights, rows: outputs, columns: inputs, type: type), bias: bias)
    let together = linear(views)
    for (view, result) in zip(views, together) {
      #expect(linear([view])[0].values == result.values)
      let x = view.values
      let expected = (0..<tokens * outputs).map { index -> Float in
        let (row, output) = index.quotientAndRemainder(dividingBy: outputs)
        return Float(
          (0..<inputs).reduce(Double(bias[output])) {
            $0 + Double(x[row * inputs + $1]) * Double(weights[output * inputs + $1])
          })
      }
      #expect(normalizedError(result.values, expected) < Self.bound, "seed \(Self.seed)")
    }
  }

  @Test func fullAttentionIsSoftmaxOfQueriesTimesKeysTimesValues() {
    let (tokens, heads, width) = (13, 3, 8)
    var random = RandomValues(seed: Self.seed)
    let arrays = (0..<3).map { _ in random.floats(tokens * heads * width, in: -2...2) }
    let compute = Compute(threads: 2)
    let tensors = arrays.map { Tensor($0, rows: tokens, columns: heads * width, on: compute) }
    let found = FullAttention(headCount: heads)(queries: [tensors[0]], keys: [tensors[1]], values: [tensors[2]])[0]
    #expect(
      normalizedError(found.values, attention(arrays, tokens, heads, heads, width) { _ in 0..<tokens }) < Self.bound)
  }

  @Test func pagedAttentionIsCausalAndSharesKeysAmongConsecutiveHeads() throws {
    let (tokens, heads, keyHeads, width) = (37, 6, 2, 8)
    var random = RandomValues(seed: Self.seed)
    let arrays = [heads, keyHeads, keyHeads].map { random.floats(tokens * $0 * width, in: -2...2) }
    let compute = Compute(threads: 2)
    let tensors = arrays.map { Tensor($0, rows: tokens, columns: $0.count / tokens, on: compute) }
    let cache = try KVCache(
      shape: KVCache.Shape(layerCount: 2, headCount: keyHeads, headWidth: width), blockCount: 5)
    var placement = RowPlacement()
    placement.append(0..<tokens, table: [4, 0, 2])
    cache.store(keys: tensors[1], values: tensors[2], layer: 1, at: placement)
    let found = PagedAttention(headCount: heads)(
      tensors[0], in: cache, layer: 1, at: placement, by: RowGroups(placement, queriesPerRow: heads / keyHeads))
    #expect(
      normalizedError(found.values, attention(arrays, tokens, heads, keyHeads, width) { 0..<$0 + 1 }) < Self.bound)
  }

  /// Softmax of scaled scores times values, for the keys that each token `sees`.
  private func attention(
    _ arrays: [[Float]], _ tokens: Int, _ heads: Int, _ keyHeads: Int, _ width: Int, sees: (Int) -> Range<Int>
  ) -> [Float] {
    func value(_ array: Int, _ token: Int, _ head: Int, _ index: Int) -> Double {
      Double(arrays[array][(token * (array == 0 ? heads : keyHeads) + head) * width + index])
    }
    var result: [Float] = []
    for token in 0..<tokens {
      for head in 0..<heads {
        let keyHead = head / (heads / keyHeads)
        let weights = sees(token).map { key in
          exp(
            (0..<width).reduce(0) { $0 + value(0, token, head, $1) * value(1, key, keyHead, $1) } / sqrt(Double(width)))
        }
        let sum = weights.reduce(0, +)
        result += (0..<width).map { index in
          Float(weights.enumerated().reduce(0) { $0 + $1.1 * value(2, $1.0, keyHead, index) } / sum)
        }
      }
    }
    return result
  }

  @Test func rotationTurnsPairsOfHalvesByTheirAngle() {
    let compute = Compute(threads: 1)
    var placement = RowPlacement()
    placement.append(5..<6, table: [0])
    let rotate = RotaryEmbedding(headWidth: 4, theta: 10_000).rotation(at: placement, on: compute)
    let found = rotate(Tensor([1, 0, 0, 1, 0, 2, 0, 0], rows: 1, columns: 8, on: compute)).values
    let (fast, slow) = (5.0, 0.05)  // 5 * 10000^0 and 5 * 10000^(-2/4)
    let expected = [cos(fast), -sin(slow), sin(fast), cos(slow), 0, 2 * cos(slow), 0, 2 * sin(slow)].map { Float($0) }
    #expect(normalizedError(found, expected) < Self.bound)
  }

  /// Of 7B in f16, a head's keys and values of one block are 8 KiB, and 1,024 heads 8 MiB.
  @Test func blocksOfAHeadLieInDifferentSetsOfACache() {
    for (layers, heads) in [(32, 32), (22, 4), (3, 5), (1, 1)] {
      let shape = KVCache.Shape(layerCount: layers, headCount: heads, headWidth: 128, element: .f16)
      let places = Set((0..<8).map { block in block * shape.blockByteCount % (64 << 10) })
      #expect(places.count == 8, "\(layers) layers of \(heads) heads: \(places)")
    }
  }

  @Test func aCacheThatTheSystemHasNoAddressesForIsAnError() {
    let shape = KVCache.Shape(layerCount: 32, headCount: 32, headWidth: 128)
    #expect(shape.blockByteCount == (16 << 20) + (16 << 10))
    let error = #expect(throws: KVCacheError.self) { try KVCache(shape: shape, blockCount: 1 << 30) }
    #expect(error?.code == .outOfMemory)
  }
}
