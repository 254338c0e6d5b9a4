import CKernels

/// Rows of inputs as packed products read them: rounded to the packing's numbers, in tiles. Made once for all matrices
/// that the same rows meet.
struct PackedRows: Sendable {
  let rows: Int
  let columns: Int
  let packing: Packing
  private let tiles: Tensor

  init(_ x: Tensor, as packing: Packing) {
    rows = x.rows
    columns = x.columns
    self.packing = packing
    let layout = packing.layout
    let rowByteCount = llava_tile_row_bytes(layout, x.columns)
    tiles = Tensor(uninitialized: 1, (x.rows * rowByteCount + 3) / 4, on: x.compute)
    let base = UnsafeMutableRawPointer(tiles.base)
    let height = llava_tile_rows(layout)
    // Packing a number takes about a nanosecond; a thread's turn should take some microseconds.
    let grain = max(1, 8_192 / (height * x.columns + 1))
    x.compute.pool.forEachSlice(of: (x.rows + height - 1) / height, grain: grain) { slice in
      let first = slice.lowerBound * height
      x.compute.kernels.pack_rows(
        base + first * rowByteCount, x.base + first * x.columns, layout, min(slice.upperBound * height, x.rows) - first,
        x.columns, x.columns)
    }
  }

  /// Where the tile begins whose first row this is.
  func tile(ofRow row: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(tiles.base) + row * llava_tile_row_bytes(packing.layout, columns)
  }
}
