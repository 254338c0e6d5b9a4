import RPC

/// Turns the bytes of a stream into frames, however they are cut.
///
/// Small frames come by the dozen into one buffer; a frame that does not fit there gets memory of its own size, once
/// its length is known to be allowed.
final class Intake: @unchecked Sendable {  // sound: used by one receive at a time
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0
  /// A frame larger than the buffer, without its prefix.
  private var large: (call: UInt32, bytes: UnsafeMutableRawBufferPointer, filled: Int)?
  private let ledger: Ledger

  init(_ ledger: Ledger) {
    self.ledger = ledger
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
      return [try frame(large.call, UnsafeRawBufferPointer(large.bytes))]
    }
    filled += count
    var frames: [Frame] = []
    var start = 0
    while filled - start >= Packet.prefixByteCount {
      let length = Int(UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
      let call = UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self))
      guard (Frame.headerByteCount...Limits.frameByteCount).contains(length), call <= UInt32(Int32.max) else {
        throw ServiceError(.invalidRequest, "not a frame: \(length) bytes for call \(call)")
      }
      let body = start + Packet.prefixByteCount
      let rest = UnsafeRawBufferPointer(rebasing: buffer[body..<min(body + length, filled)])
      if rest.count == length {
        frames.append(try frame(call, rest))
        start = body + length
      } else if length + Packet.prefixByteCount > buffer.count {
        beginLarge(call, length, rest)
        start = filled
      } else {
        break
      }
    }
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<filled]))
    filled -= start
    return frames
  }

  private func frame(_ call: UInt32, _ body: UnsafeRawBufferPointer) throws(ServiceError) -> Frame {
    let bytes = Array(body)
    return try Frame(
      call: call, header: Array(bytes.prefix(Frame.headerByteCount)), body: bytes.dropFirst(Frame.headerByteCount))
  }

  private func beginLarge(_ call: UInt32, _ length: Int, _ first: UnsafeRawBufferPointer) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 16)
    bytes.copyMemory(from: first)
    large = (call, bytes, first.count)
    ledger.messageBegan()
  }

  private func dropLarge() {
    guard let large = large.take() else { return }
    large.bytes.deallocate()
    ledger.messageEnded()
  }
}
