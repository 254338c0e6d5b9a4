import CKernels
import Glibc

/// The keys and values of all sequences, in blocks of 16 tokens that each hold all layers.
///
/// The cache knows nothing of sequences: who owns which block, and in which order, is the scheduler's, and comes with
/// every pass as a block table. A block is laid out as `[layer][head]`, and for each of those the keys as
/// `[width][token]`, then the values as `[token][width]`: the scores of a block are then one register without any sum
/// over its lanes. A block that was never written to takes no memory.
// sound: one thread computes, and every block is one sequence's, or lent to whoever fills it
public final class KVCache: @unchecked Sendable {
  /// The sizes of a model that its cache depends on.
  public struct Shape: Sendable, Equatable {
    public let layerCount: Int
    /// Heads of keys and values, fewer than those of queries under grouped-query attention.
    public let headCount: Int
    public let headWidth: Int
    /// What keys and values are rounded to: f32 or f16.
    public let element: ElementType

    public init(layerCount: Int, headCount: Int, headWidth: Int, element: ElementType = .f32) {
      precondition(element != .bf16, "a cache is of f32 or f16")
      self.layerCount = layerCount
      self.headCount = headCount
      self.headWidth = headWidth
      self.element = element
    }

    /// Memory of one block of 16 tokens.
    public var blockByteCount: Int { blockStride * element.byteCount }

    /// Numbers from one to the next.
    var headStride: Int { 2 * KVCache.blockTokenCount * headWidth }
    /// An odd number of heads: blocks that are a power of two apart would have the keys of a head in the same few sets
    /// of the CPU's caches, and each group of queries would fetch them anew.
    var blockStride: Int { (layerCount * headCount | 1) * headStride }
  }

  /// Tokens in one block.
  public static let blockTokenCount = Int(LLAVA_BLOCK_TOKENS)

  public let shape: Shape
  public let blockCount: Int
  private let base: UnsafeMutableRawPointer

  /// Sets `blockCount` blocks aside. Throws where the system has not even the addresses.
  public init(shape: Shape, blockCount: Int) throws(KVCacheError) {
    precondition(blockCount > 0, "a cache of \(blockCount) blocks")
    let byteCount = blockCount * shape.blockByteCount
    let mapping = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapping, mapping != MAP_FAILED else {
      throw KVCacheError(
        code: .outOfMemory,
        message: "the KV cache: expected room for \(byteCount) bytes (\(blockCount) blocks of "
          + "\(shape.blockByteCount)), and the system has none: \(String(cString: strerror(errno)))")
    }
    // Where the system has none they are small ones, and touching them first takes longer.
    madvise(mapping, byteCount, MADV_HUGEPAGE)
    self.shape = shape
    self.blockCount = blockCount
    base = mapping
  }

  deinit { munmap(base, blockCount * shape.blockByteCount) }

  /// Makes `target` a copy of `source`: all its tokens in all layers.
  public func copy(_ source: Int32, to target: Int32) {
    guard source != target else { return }
    start(of: target).copyMemory(from: start(of: source), byteCount: shape.blockByteCount)
  }

  /// Writes keys and values, `[rows, heads * width]`, where the rows stand. Two rows never stand at the same place.
  public func store(keys: Tensor, values: Tensor, layer: Int, at placement: RowPlacement) {
    check(keys, layer, placement)
    check(values, layer, placement)
    switch shape.element {
    case .f32: store(keys, values, layer, placement, as: UInt32.self)
    case .f16, .bf16: store(keys, values, layer, placement, as: UInt16.self)
    }
  }

  /// `Bits` are those of one number.
  private func store<Bits: FixedWidthInteger>(
    _ keys: Tensor, _ values: Tensor, _ layer: Int, _ placement: RowPlacement, as type: Bits.Type
  ) {
    let (width, kernels) = (shape.headWidth, keys.compute.kernels)
    // By head and not by row: rows of one block lie in the same cache lines.
    keys.compute.pool.forEachSlice(of: shape.headCount, grain: max(1, 8192 / (width * keys.rows + 1))) { heads in
      withUnsafeTemporaryAllocation(of: Bits.self, capacity: width) { key in
        for head in heads {
          for row in 0..<keys.rows {
            let (block, slot) = place(of: row, in: placement)
            let target = address(block: block, layer: layer, head: head).assumingMemoryBound(to: Bits.self)
            let from = row * keys.columns + head * width
            kernels.narrow(key.baseAddress!, keys.base + from, shape.element.stored, width)
            for element in 0..<width { target[element * KVCache.blockTokenCount + slot] = key[element] }
            kernels.narrow(
              target + KVCache.blockTokenCount * width + slot * width, values.base + from, shape.element.stored, width)
          }
        }
      }
    }
  }

  private func place(of row: Int, in placement: RowPlacement) -> (block: Int32, slot: Int) {
    let (index, slot) = placement.positions[row].quotientAndRemainder(dividingBy: KVCache.blockTokenCount)
    return (placement.blocks[placement.tableStarts[row] + index], slot)
  }

  func start(of block: Int32) -> UnsafeMutableRawPointer {
    requireBlock(block)
    return base + Int(block) * shape.blockByteCount
  }

  func address(block: Int32, layer: Int, head: Int) -> UnsafeMutableRawPointer {
    base + Int(block) * shape.blockByteCount
      + (layer * shape.headCount + head) * shape.headStride * shape.element.byteCount
  }

  func check(_ x: Tensor, _ layer: Int, _ placement: RowPlacement) {
    precondition(layer >= 0 && layer < shape.layerCount, "layer \(layer) of \(shape.layerCount)")
    precondition(x.rows == placement.rowCount, "\(x.rows) rows at \(placement.rowCount) places")
    precondition(
      x.columns % (shape.headCount * shape.headWidth) == 0,
      "rows of \(x.columns) for \(shape.headCount) heads of \(shape.headWidth)")
    for block in placement.blocks { requireBlock(block) }
  }

  private func requireBlock(_ block: Int32) {
    precondition(block >= 0 && block < blockCount, "block \(block) of \(blockCount)")
  }
}

/// Why there is no cache.
public struct KVCacheError: Error, Sendable, Equatable {
  public enum Code: Sendable { case outOfMemory }

  public let code: Code
  public let message: String
}
