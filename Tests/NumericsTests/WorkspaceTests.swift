import Testing

@testable import Numerics

@Suite struct WorkspaceTests {
  @Test func memoryComesBackToWhoAsksForTheSameSize() {
    let workspace = Workspace(idleByteLimit: 1 << 20)
    let first = workspace.allocate(byteCount: 1000)
    let address = first.base
    workspace.recycle(first)
    let second = workspace.allocate(byteCount: 1001)  // rounds up to the same step
    #expect(second.base == address)
    let third = workspace.allocate(byteCount: 1000)
    #expect(third.base != address)
    workspace.recycle(second)
    workspace.recycle(third)
  }

  @Test func whatLiesIdleIsBounded() {
    let workspace = Workspace(idleByteLimit: 4096)
    let blocks = (0..<3).map { _ in workspace.allocate(byteCount: 2048) }
    for block in blocks { workspace.recycle(block) }
    // Two are kept; the third went to the system.
    let again = (0..<2).map { _ in workspace.allocate(byteCount: 2048) }
    #expect(Set(again.map(\.base)) == Set(blocks.prefix(2).map(\.base)))
    for block in again { workspace.recycle(block) }
  }

  @Test func sizesAreRoundedUpByAQuarterAtMost() {
    for byteCount in [1, 255, 256, 257, 1000, 4095, 4096, 4097, 123_456_789] {
      let size = Workspace.roundedUp(byteCount)
      #expect(size >= byteCount && size % MemoryBlock.alignment == 0)
      #expect(byteCount < 256 || size <= byteCount + byteCount / 4 + 1, "\(byteCount) became \(size)")
      #expect(Workspace.roundedUp(size) == size)
    }
  }

  @Test func aTensorsMemoryIsUsedAgainOnceNobodyHoldsIt() {
    let compute = Compute(threads: 1)
    let address = Tensor([1, 2], rows: 1, columns: 2, on: compute).base
    let next = Tensor([3, 4], rows: 2, columns: 1, on: compute)
    #expect(next.base == address)
    let other = next + next
    #expect(other.base != address)
    #expect(next.values == [3, 4] && other.values == [6, 8])
  }
}
