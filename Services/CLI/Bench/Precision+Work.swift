import Numerics

extension Precision {
  /// Attention in the tower.
  var towerAttention: Arithmetic { self == .fp32 ? .fp32 : .bf16 }
  /// Attention in the language model.
  var attention: Arithmetic { .fp32 }

  /// How a matrix is served: what its products are made with, and its bytes in memory.
  func serving(
    rows: Int, columns: Int, storedAs type: WeightType, in part: Precision.Part
  ) -> (arithmetic: Arithmetic, byteCount: Int) {
    let count = rows * columns
    guard let wanted = packing(of: part, storedAs: type) else {
      return (.fp32, rows * type.byteCount(of: columns))
    }
    switch wanted.divides(columns: columns) ? wanted : .bf16 {
    case .bf16: return (.bf16, 2 * count)
    case .int8: return (.int8, count + rows * MemoryLayout<Float>.size)
    case .q80: return (.int8, rows * WeightType.q80.byteCount(of: columns))
    case .q40: return (.int8, rows * WeightType.q40.byteCount(of: columns))
    }
  }
}
