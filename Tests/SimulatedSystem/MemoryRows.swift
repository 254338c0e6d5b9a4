import Concurrency
import Decoder
import Scheduling

/// Rows of pictures that outlive a simulated decoder.
final class MemoryRows: PrefixStore {
  private let blocks = Lock<[PrefixKey: [UInt8]]>([:])

  func contains(_ key: PrefixKey) -> Bool { blocks.withLock { $0[key] != nil } }

  func announce(_ key: PrefixKey) {}

  func read(_ key: PrefixKey, into block: inout MutableRawSpan) -> Bool {
    guard let bytes = blocks.withLock({ $0[key] }) else { return false }
    for (offset, byte) in bytes.enumerated() { block.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self) }
    return true
  }

  func write(_ key: PrefixKey, _ block: [UInt8]) -> Bool {
    blocks.withLock { $0[key] = block }
    return true
  }
}
