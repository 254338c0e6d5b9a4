/// Memory for each thread of one loop, of any content.
struct ScratchBytes: Sendable {
  private let tensor: Tensor
  private let strideByteCount: Int

  init(_ byteCount: Int, on compute: Compute) {
    let floatCount = (byteCount + 63) / 64 * 16
    tensor = Tensor(uninitialized: compute.threadCount, floatCount, on: compute)
    strideByteCount = floatCount * MemoryLayout<Float>.stride
  }

  /// What belongs to `worker`, aligned to a cache line.
  subscript(_ worker: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(tensor.base) + worker * strideByteCount
  }
}
