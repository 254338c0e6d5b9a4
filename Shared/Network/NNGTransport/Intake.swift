import Concurrency
import RPC

/// Turns the bytes of a stream into frames, however they are cut.
///
/// Small frames come by the dozen into one buffer; a frame that does not fit there gets memory of its own size, once
/// its length is known to be allowed.
final class Intake: @unchecked Sendable {  // sound: used by one receive at a time
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0
  /// A frame larger than the buffer, without its prefix.
  private var large: (prefix: FramePrefix, bytes: UnsafeMutableRawBufferPointer, filled: Int)?
  private let holdings: Holdings

  init(_ holdings: Holdings) {
    self.holdings = holdings
    buffer = .allocate(byteCount: TransportLimits.readByteCount, alignment: 16)
  }

  deinit {
    buffer.deallocate()
    end()
  }

  /// Frees the frame that has come in part.
  func end() { dropLarge() }

  /// Where the next bytes belong; never empty.
  var space: UnsafeMutableRawBufferPointer {
    if let large { return UnsafeMutableRawBufferPointer(rebasing: large.bytes[large.filled...]) }
    return UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
  }

  /// `count` bytes have come into `space`; returns the frames that they complete. Throws when they are no frames.
  func received(_ count: Int) throws(ServiceError) -> [Frame] {
    if var large {
      large.filled += count
      self.large = large
      guard large.filled == large.bytes.count else { return [] }
      defer { dropLarge() }
      return [try Frame(large.prefix, Array(large.bytes))]
    }
    filled += count
    var frames: [Frame] = []
    var start = 0
    while filled - start >= FramePrefix.byteCount {
      let prefix = try FramePrefix(
        frameByteCount: UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: start, as: UInt32.self)),
        call: UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self)))
      let body = start + FramePrefix.byteCount
      let rest = UnsafeRawBufferPointer(rebasing: buffer[body..<min(body + prefix.frameByteCount, filled)])
      if rest.count == prefix.frameByteCount {
        frames.append(try Frame(prefix, Array(rest)))
        start = body + rest.count
      } else if prefix.frameByteCount + FramePrefix.byteCount > buffer.count {
        beginLarge(prefix, rest)
        start = filled
      } else {
        break
      }
    }
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<filled]))
    filled -= start
    return frames
  }

  private func beginLarge(_ prefix: FramePrefix, _ first: UnsafeRawBufferPointer) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: prefix.frameByteCount, alignment: 16)
    bytes.copyMemory(from: first)
    large = (prefix, bytes, first.count)
    holdings.messageBegan()
  }

  private func dropLarge() {
    guard let large = large.take() else { return }
    large.bytes.deallocate()
    holdings.messageEnded()
  }
}
