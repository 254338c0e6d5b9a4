import CKernels
import Glibc

/// A matrix of weights `[rows, columns]` as packed products read it, in memory of its own.
///
/// The rows are in their natural order, whatever the file's was.
public struct PackedMatrix: Sendable {
  public let rows: Int
  public let columns: Int
  public let packing: Packing
  private let pages: HugePages
  private let panelByteCount: Int

  /// Outputs of one panel.
  static let panelWidth = Int(LLAVA_PANEL_OUTPUTS)

  /// Packs `weights`, whose rows must be whole blocks, on all threads. Of a mapped file the pages that were read are let go:
  /// two copies of a matrix are in memory for as long as it is packed.
  public init(_ weights: WeightMatrix, as packing: Packing, on compute: Compute) {
    precondition(packing.divides(columns: weights.columns), "rows of \(weights.columns) weights in \(packing.rawValue)")
    rows = weights.rows
    columns = weights.columns
    self.packing = packing
    panelByteCount = llava_panel_bytes(packing.layout, weights.columns)
    let panelCount = (weights.rows + Self.panelWidth - 1) / Self.panelWidth
    pages = HugePages(byteCount: panelCount * panelByteCount)
    let scratchByteCount = llava_pack_scratch_bytes(packing.layout, weights.columns)
    let scratch = ScratchBytes(scratchByteCount, on: compute)
    compute.pool.run(panelCount) { [self] index, worker in
      let first = index * Self.panelWidth
      let count = min(Self.panelWidth, weights.rows - first)
      withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: count) { sources in
        for row in 0..<count {
          sources[row] = weights.address(row: weights.order.stored(first + row, of: weights.rows))
        }
        llava_pack_panel(
          pages.base + index * panelByteCount, sources.baseAddress!, weights.type.stored, packing.layout, count,
          weights.columns, scratch[worker])
      }
    }
    weights.releasePages(of: 0..<weights.rows)
  }

  /// Memory that it takes.
  public var byteCount: Int { pages.byteCount }

  func panel(ofOutput output: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(pages.base + output / Self.panelWidth * panelByteCount)
  }
}

/// Memory in large pages where the system has them: a step reads all weights, and small pages would cost it a look at
/// the page table for every 4 KiB.
private final class HugePages: @unchecked Sendable {  // sound: written before anybody else has it
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int) {
    self.byteCount = max(1, byteCount)
    let pages = mmap(nil, self.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let pages, pages != MAP_FAILED else {
      preconditionFailure("the system has no \(byteCount) bytes left for weights: \(String(cString: strerror(errno)))")
    }
    // A hint: where it is not taken, the pages are small.
    madvise(pages, self.byteCount, MADV_HUGEPAGE)
    base = pages
  }

  deinit { munmap(base, byteCount) }
}
