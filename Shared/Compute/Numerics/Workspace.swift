import Concurrency
import Glibc

/// Memory for tensors, used again and again: a forward pass in its steady state asks the system for none, and
/// touches no page for the first time.
///
/// Sizes are rounded up to four steps for each power of two, so that passes of slightly different length share.
final class Workspace: Sendable {
  private struct Idle {
    var blocks: [Int: [MemoryBlock]] = [:]
    var byteCount = 0
  }

  private let idle = Lock(Idle())
  /// What may lie idle; what comes back beyond that goes to the system.
  private let idleByteLimit: Int

  init(idleByteLimit: Int) { self.idleByteLimit = idleByteLimit }

  deinit {
    idle.withLock { idle in
      for block in idle.blocks.values.joined() { block.free() }
    }
  }

  /// At least `byteCount` bytes of any content, aligned to a cache line.
  func allocate(byteCount: Int) -> MemoryBlock {
    let size = Workspace.roundedUp(byteCount)
    let found = idle.withLock { idle -> MemoryBlock? in
      guard let block = idle.blocks[size]?.popLast() else { return nil }
      idle.byteCount -= size
      return block
    }
    return found ?? MemoryBlock(byteCount: size)
  }

  /// Takes back what `allocate` gave, for the next who asks.
  func recycle(_ block: MemoryBlock) {
    let isKept = idle.withLock { idle -> Bool in
      guard idle.byteCount + block.byteCount <= idleByteLimit else { return false }
      idle.blocks[block.byteCount, default: []].append(block)
      idle.byteCount += block.byteCount
      return true
    }
    if !isKept { block.free() }
  }

  static func roundedUp(_ byteCount: Int) -> Int {
    guard byteCount > 256 else { return 256 }
    let step = 1 << (Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount - 2)
    return (byteCount + step - 1) / step * step
  }
}

/// Bytes aligned to a cache line.
struct MemoryBlock: @unchecked Sendable {  // sound: an address; who may touch what it names is its holder's affair
  static let alignment = 64
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int) {
    guard let base = aligned_alloc(MemoryBlock.alignment, byteCount) else {
      preconditionFailure("the system has no \(byteCount) bytes left")
    }
    self.base = base
    self.byteCount = byteCount
  }

  func free() { Glibc.free(base) }
}
