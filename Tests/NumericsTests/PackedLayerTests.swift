import Numerics
import Testing

/// Layers on packed weights: near what the same layer gives in f32, and never dependent on what is computed with them.
@Suite struct PackedLayerTests {
  /// Squared error over squared result, of random weights: bf16 keeps 8 bits, blocks of 4 bits about 4.
  private static let bounds: [Packing: Double] = [.bf16: 1e-4, .int8: 1e-3, .q80: 1e-3, .q40: 4e-2]

  private func matrix(_ rows: Int, _ columns: Int, seed: UInt64, _ type: WeightType = .f32) -> WeightMatrix {
    var random = RandomValues(seed: seed)
    return WeightMatrix(copying: type.encoded(random.floats(rows * columns)), rows: rows, columns: columns, type: type)
  }

  @Test(arguments: Packing.allCases) func aPackedLinearIsNearTheExactOne(packing: Packing) {
    let compute = Compute(threads: 2)
    var random = RandomValues(seed: 7)
    for (rows, outputs, inputs) in [(1, 70, 64), (3, 16, 96), (40, 200, 160)] {
      let weights = matrix(outputs, inputs, seed: 8)
      let bias = random.floats(outputs)
      let x = Tensor(random.floats(rows * inputs), rows: rows, columns: inputs, on: compute)
      let exact = Linear(weights, bias: bias)(x).values
      let packed = Linear(PackedMatrix(weights, as: packing, on: compute), bias: bias)
      #expect(normalizedError(packed(x).values, exact) < Self.bounds[packing]!, "\(rows) x \(outputs) x \(inputs)")
    }
  }

  @Test func linearsThatShareTheirInputsGiveWhatEachGives() {
    let compute = Compute(threads: 3)
    var random = RandomValues(seed: 9)
    let x = Tensor(random.floats(21 * 96), rows: 21, columns: 96, on: compute)
    let linears = [
      Linear(PackedMatrix(matrix(100, 96, seed: 1), as: .q40, on: compute)),
      Linear(matrix(40, 96, seed: 2)),
      Linear(PackedMatrix(matrix(33, 96, seed: 3), as: .bf16, on: compute), bias: random.floats(33)),
      Linear(PackedMatrix(matrix(130, 96, seed: 4), as: .q40, on: compute)),
    ]
    let together = Linear.each(linears, of: x)
    #expect(together.map(\.columns) == [100, 40, 33, 130])
    for (linear, result) in zip(linears, together) { #expect(linear(x).values == result.values) }
  }

  @Test(arguments: Packing.allCases) func aRowDoesNotDependOnItsBatchNorOnThreads(packing: Packing) {
    var random = RandomValues(seed: 10)
    let values = random.floats(205 * 128)
    let weights = matrix(150, 128, seed: 11)
    let (one, many) = (Compute(threads: 1), Compute(threads: 4))
    let all = Linear(PackedMatrix(weights, as: packing, on: many))(Tensor(values, rows: 205, columns: 128, on: many))
    let linear = Linear(PackedMatrix(weights, as: packing, on: one))
    // So many rows are computed in parts, the second of which begins with row 108.
    for row in [0, 17, 107, 108, 204] {
      let alone = linear(Tensor(Array(values[row * 128..<(row + 1) * 128]), rows: 1, columns: 128, on: one))
      #expect(alone.values == all.row(row), "row \(row)")
    }
  }

  @Test func rowsThatAFileInterleavesArePackedInTheirNaturalOrder() {
    let compute = Compute(threads: 2)
    let bytes = WeightType.f32.encoded((0..<64 * 32).map { Float($0 % 97) - 48 })
    let copy = WeightMatrix(copying: bytes, rows: 64, columns: 32, type: .f32)
    var random = RandomValues(seed: 12)
    let x = Tensor(random.floats(2 * 32), rows: 2, columns: 32, on: compute)
    let natural = Linear(PackedMatrix(copy, as: .bf16, on: compute))(x)
    let order = RowOrder.interleaved(headCount: 4)
    let interleaved = bytes.withUnsafeBytes { bytes in
      Linear(
        PackedMatrix(
          WeightMatrix(rows: 64, columns: 32, type: .f32, order: order, bytes: bytes, keepingAlive: compute),
          as: .bf16, on: compute))(x)
    }
    for row in 0..<2 {
      for column in 0..<64 {
        #expect(interleaved.row(row)[column] == natural.row(row)[order.stored(column, of: 64)])
      }
    }
  }

  @Test func packedAttentionIsNearTheExactOneAndAViewStandsForItself() {
    let compute = Compute(threads: 2)
    var random = RandomValues(seed: 13)
    for (tokens, heads, width) in [(1, 2, 8), (5, 3, 16), (37, 4, 24), (64, 2, 64), (577, 2, 40)] {
      let parts = (0..<6).map { _ in
        Tensor(random.floats(tokens * heads * width, in: -2...2), rows: tokens, columns: heads * width, on: compute)
      }
      let packed = PackedFullAttention(headCount: heads)
      let both = packed(queries: [parts[0], parts[3]], keys: [parts[1], parts[4]], values: [parts[2], parts[5]])
      for view in 0..<2 {
        let (q, k, v) = (parts[3 * view], parts[3 * view + 1], parts[3 * view + 2])
        let exact = FullAttention(headCount: heads)(queries: [q], keys: [k], values: [v])[0]
        #expect(normalizedError(both[view].values, exact.values) < 1e-4, "\(tokens) x \(heads) x \(width)")
        #expect(packed(queries: [q], keys: [k], values: [v])[0].values == both[view].values)
      }
    }
  }

  @Test func packedAttentionOfEveryLevelIsNearItsReference() {
    var random = RandomValues(seed: 14)
    let values = (0..<3).map { _ in random.floats(50 * 96, in: -2...2) }
    func result(_ set: InstructionSet) -> [Float] {
      let compute = Compute(threads: 1, instructionSet: set)
      let parts = values.map { Tensor($0, rows: 50, columns: 96, on: compute) }
      return PackedFullAttention(headCount: 2)(queries: [parts[0]], keys: [parts[1]], values: [parts[2]])[0].values
    }
    let expected = result(.reference)
    for set in InstructionSet.allCases where set.isAvailable {
      // Both round to bf16; a weight that lies between two of them may fall to either side.
      #expect(normalizedError(result(set), expected) < 1e-6, "\(set)")
    }
  }
}
