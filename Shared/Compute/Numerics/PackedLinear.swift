import CKernels

/// `y = x wᵀ + b` on packed weights, with inputs rounded to the packing's numbers.
struct PackedLinear: Sendable {
  let weights: PackedMatrix
  let bias: [Float]?

  /// What a thread computes at a turn: some outputs of some rows, which begin with a tile.
  private struct Turns {
    /// Outputs and rows of one, and how many it takes for all rows.
    let width, height, partCount: Int

    /// As many panels as a kernel has in registers at most. Of few rows a turn is so short that a thread takes more; many
    /// rows of four panels are so long that threads would wait for each other at the end.
    init(_ linear: PackedLinear, rows: Int) {
      let isInBlocks = linear.weights.packing == .q80 || linear.weights.packing == .q40
      width = (isInBlocks || rows <= 16 ? 4 : 2) * PackedMatrix.panelWidth
      let tile = llava_tile_rows(linear.weights.packing.layout)
      height = isInBlocks && rows >= 96 ? (rows / 2 + tile - 1) / tile * tile : rows
      partCount = (rows + height - 1) / height
    }
  }

  /// `x` is `[rows, inputs]`; the result has one `[rows, outputs]` for each of `linears`.
  static func each(_ linears: [PackedLinear], of x: Tensor) -> [Tensor] {
    let results = linears.map { Tensor(uninitialized: x.rows, $0.weights.rows, on: x.compute) }
    guard let deepest = linears.first?.weights.columns, x.rows > 0 else { return results }
    var inputs: [Packing: PackedRows] = [:]
    for packing in Set(linears.map(\.weights.packing)) { inputs[packing] = PackedRows(x, as: packing) }
    let scratch = ScratchBytes(llava_product_scratch_bytes(deepest), on: x.compute)

    let turns = linears.map { Turns($0, rows: x.rows) }
    var ends: [Int] = []
    for (linear, turns) in zip(linears, turns) {
      ends.append((ends.last ?? 0) + (linear.weights.rows + turns.width - 1) / turns.width * turns.partCount)
    }
    x.compute.pool.run(ends.last ?? 0) { turn, worker in
      let index = ends.firstIndex { turn < $0 }!
      let (linear, size) = (linears[index], turns[index])
      // Turns of the same outputs follow each other, while their weights are in a cache.
      let (column, part) = (turn - (index == 0 ? 0 : ends[index - 1])).quotientAndRemainder(dividingBy: size.partCount)
      linear.multiply(
        inputs[linear.weights.packing]!, part * size.height..<min((part + 1) * size.height, x.rows),
        column * size.width..<min((column + 1) * size.width, linear.weights.rows), into: results[index],
        scratch[worker])
    }
    return results
  }

  /// `rows` begin with a tile.
  private func multiply(
    _ x: PackedRows, _ rows: Range<Int>, _ outputs: Range<Int>, into y: Tensor, _ scratch: UnsafeMutableRawPointer
  ) {
    let product = { (bias: UnsafePointer<Float>?) in
      y.compute.kernels.packed_product(
        y.base + rows.lowerBound * y.columns + outputs.lowerBound, x.tile(ofRow: rows.lowerBound),
        weights.panel(ofOutput: outputs.lowerBound), weights.packing.layout, bias, rows.count, outputs.count, x.columns,
        y.columns, scratch)
    }
    guard let bias else { return product(nil) }
    bias.withUnsafeBufferPointer { product($0.baseAddress! + outputs.lowerBound) }
  }
}
