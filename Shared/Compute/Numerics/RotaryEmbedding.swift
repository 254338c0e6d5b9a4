import Glibc

/// Rotary positions (Su et al., 2021) as Hugging Face's LLaMA pairs them: element `i` of a head with `i + width / 2`.
///
/// Angles are `f32(position) * f32(theta^(-2i / width))`, each step rounded, as the reference has them.
public struct RotaryEmbedding: Sendable {
  private let headWidth: Int
  private let frequencies: [Float]

  public init(headWidth: Int, theta: Float) {
    precondition(headWidth % 2 == 0, "pairs need an even width, found \(headWidth)")
    self.headWidth = headWidth
    frequencies = (0..<headWidth / 2).map { 1 / powf(theta, Float(2 * $0) / Float(headWidth)) }
  }

  /// The turns of the rows of one pass, for all of its layers.
  public func rotation(at placement: RowPlacement, on compute: Compute) -> Rotation {
    let cosines = Tensor(uninitialized: placement.rowCount, headWidth / 2, on: compute)
    let sines = Tensor(uninitialized: placement.rowCount, headWidth / 2, on: compute)
    compute.pool.forEachSlice(of: placement.rowCount, grain: 64) { rows in
      for row in rows {
        for (index, frequency) in frequencies.enumerated() {
          let angle = Float(placement.positions[row]) * frequency
          cosines.base[row * cosines.columns + index] = cosf(angle)
          sines.base[row * sines.columns + index] = sinf(angle)
        }
      }
    }
    return Rotation(cosines: cosines, sines: sines)
  }
}

/// How far each row of a pass is turned: `[rows, width / 2]` angles.
public struct Rotation: Sendable {
  fileprivate let cosines: Tensor
  fileprivate let sines: Tensor

  /// `x` is `[rows, heads * width]`; every head of a row is turned alike.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let half = cosines.columns
    precondition(x.rows == cosines.rows, "\(x.rows) rows, turns for \(cosines.rows)")
    precondition(x.columns % (2 * half) == 0, "rows of \(x.columns), heads of \(2 * half)")
    let y = x[rows: 0..<x.rows]
    x.compute.pool.forEachSlice(of: x.rows, grain: rowGrain(x.columns)) { rows in
      for row in rows {
        x.compute.kernels.rotate(
          y.base + row * y.columns, cosines.base + row * half, sines.base + row * half, y.columns / (2 * half), half)
      }
    }
    return y
  }
}
