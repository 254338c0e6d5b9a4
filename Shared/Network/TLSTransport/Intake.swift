import NIOCore
import RPC

/// Turns the bytes of a stream into frames, however they are cut.
///
/// What is not whole yet is kept in one piece of memory, which is large enough from the moment that a frame's length is known
/// to be allowed.
struct Intake {
  private var held = ByteBuffer()

  /// Whether a frame has come in part.
  var isWithinFrame: Bool { held.readableBytes > 0 }

  /// The frames that `bytes` complete. Throws when they are no frames.
  mutating func take(_ bytes: ByteBuffer) throws(ServiceError) -> [Frame] {
    var bytes = bytes
    held.writeBuffer(&bytes)
    var frames: [Frame] = []
    while let frame = try next() { frames.append(frame) }
    if isWithinFrame {
      held.discardReadBytes()
    } else {
      // A large frame's memory goes with it.
      held = held.capacity > TransportLimits.readByteCount ? ByteBuffer() : held
      held.clear()
    }
    return frames
  }

  private mutating func next() throws(ServiceError) -> Frame? {
    let start = held.readerIndex
    guard let byteCount = held.getInteger(at: start, endianness: .little, as: UInt32.self),
      let call = held.getInteger(at: start + 4, endianness: .little, as: UInt32.self)
    else { return nil }
    let prefix = try FramePrefix(frameByteCount: byteCount, call: call)
    let whole = FramePrefix.byteCount + prefix.frameByteCount
    guard held.readableBytes >= whole else {
      if start == 0 { held.reserveCapacity(whole) }
      return nil
    }
    held.moveReaderIndex(forwardBy: FramePrefix.byteCount)
    guard let body = held.readBytes(length: prefix.frameByteCount) else { return nil }
    return try Frame(prefix, body)
  }
}
