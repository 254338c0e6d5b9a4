import CKernels

/// `y = x wᵀ + b` on packed weights, with inputs rounded to the packing's numbers.
struct PackedLinear: Sendable {
  let weights: PackedMatrix
  let bias: [Float]?

  /// Outputs of one turn of a thread: the two panels that a kernel has in registers. Of few rows a turn is so short that
  /// a thread takes more.
  private static func turnWidth(rows: Int) -> Int { (rows > 16 ? 2 : 4) * PackedMatrix.panelWidth }

  /// `x` is `[rows, inputs]`; the result has one `[rows, outputs]` for each of `linears`.
  static func each(_ linears: [PackedLinear], of x: Tensor) -> [Tensor] {
    let results = linears.map { Tensor(uninitialized: x.rows, $0.weights.rows, on: x.compute) }
    guard let deepest = linears.first?.weights.columns, x.rows > 0 else { return results }
    var inputs: [Packing: PackedRows] = [:]
    for packing in Set(linears.map(\.weights.packing)) { inputs[packing] = PackedRows(x, as: packing) }
    let scratch = ScratchBytes(llava_product_scratch_bytes(deepest), on: x.compute)

    let width = turnWidth(rows: x.rows)
    var ends: [Int] = []
    for linear in linears { ends.append((ends.last ?? 0) + (linear.weights.rows + width - 1) / width) }
    x.compute.pool.run(ends.last ?? 0) { turn, worker in
      let index = ends.firstIndex { turn < $0 }!
      let first = (turn - (index == 0 ? 0 : ends[index - 1])) * width
      let linear = linears[index]
      linear.multiply(
        inputs[linear.weights.packing]!, first..<min(first + width, linear.weights.rows), into: results[index],
        scratch[worker])
    }
    return results
  }

  private func multiply(_ x: PackedRows, _ outputs: Range<Int>, into y: Tensor, _ scratch: UnsafeMutableRawPointer) {
    let product = { (bias: UnsafePointer<Float>?) in
      y.compute.kernels.packed_product(
        y.base + outputs.lowerBound, x.base, weights.panel(ofOutput: outputs.lowerBound), weights.packing.layout, bias,
        x.rows, outputs.count, x.columns, y.columns, scratch)
    }
    guard let bias else { return product(nil) }
    bias.withUnsafeBufferPointer { product($0.baseAddress! + outputs.lowerBound) }
  }
}
