/// Makes a model's layers of stored weights, in the precision that it is to serve with.
public struct Preparation: Sendable {
  public let precision: Precision
  public let compute: Compute

  public init(_ precision: Precision, on compute: Compute) {
    self.precision = precision
    self.compute = compute
  }

  /// How a matrix of `part` is to be packed. Rows that are no whole blocks are packed in bf16, which has none.
  public func packing(of weights: WeightMatrix, in part: Precision.Part) -> Packing? {
    let packing = precision.packing(of: part, storedAs: weights.type)
    return packing.map { $0.divides(columns: weights.columns) ? $0 : .bf16 }
  }

  /// `weights` are `[outputs, inputs]`, `bias` is `[outputs]`.
  public func linear(_ weights: WeightMatrix, bias: [Float]? = nil, in part: Precision.Part) -> Linear {
    guard let packing = packing(of: weights, in: part) else { return Linear(weights, bias: bias) }
    return Linear(PackedMatrix(weights, as: packing, on: compute), bias: bias)
  }
}
