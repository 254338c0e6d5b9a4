import Glibc

/// Rotary positions (Su et al., 2021) as Hugging Face's LLaMA pairs them: element `i` of a head with `i + width / 2`.
///
/// Angles are `f32(position) * f32(theta^(-2i / width))`, each step rounded, as the reference has them.
public struct RotaryEmbedding: Sendable {
  private let headWidth: Int
  private let positionCount: Int
  private let cosines: [Float]
  private let sines: [Float]

  /// Tables for positions below `positionCount`.
  public init(headWidth: Int, theta: Float, positionCount: Int) {
    precondition(headWidth % 2 == 0, "pairs need an even width, found \(headWidth)")
    self.headWidth = headWidth
    self.positionCount = positionCount
    let frequencies = (0..<headWidth / 2).map { 1 / powf(theta, Float(2 * $0) / Float(headWidth)) }
    let angles = (0..<positionCount).flatMap { position in frequencies.map { Float(position) * $0 } }
    cosines = angles.map(cosf)
    sines = angles.map(sinf)
  }

  /// `x` is `[rows, heads * width]`; each row is turned by its own position.
  public func callAsFunction(_ x: Tensor, at placement: RowPlacement) -> Tensor {
    precondition(x.rows == placement.rowCount, "\(x.rows) rows at \(placement.rowCount) positions")
    precondition(x.columns % headWidth == 0, "rows of \(x.columns), heads of \(headWidth)")
    let y = x[rows: 0..<x.rows]
    let half = headWidth / 2
    for position in placement.positions {
      precondition(position < positionCount, "position \(position), the last is \(positionCount - 1)")
    }
    cosines.withUnsafeBufferPointer { cosines in
      sines.withUnsafeBufferPointer { sines in
        x.compute.pool.forEachSlice(of: x.rows, grain: rowGrain(x.columns)) { rows in
          for row in rows {
            let first = placement.positions[row] * half
            x.compute.kernels.rotate(
              y.base + row * y.columns, cosines.baseAddress! + first, sines.baseAddress! + first,
              y.columns / headWidth, half)
          }
        }
      }
    }
    return y
  }
}
