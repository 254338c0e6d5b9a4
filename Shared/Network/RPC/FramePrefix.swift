/// What goes before a frame on a stream of bytes: `[count of what follows: u32][call: u32]`, little-endian.
public struct FramePrefix: Equatable, Sendable {
  public static let byteCount = 8

  /// Bytes of the frame's own header, its message and its attachment.
  public let frameByteCount: Int
  public let call: UInt32

  /// Throws where no frame of ours can follow.
  public init(frameByteCount: UInt32, call: UInt32) throws(ServiceError) {
    let count = Int(frameByteCount)
    guard (Frame.headerByteCount...Limits.frameByteCount).contains(count), call <= Limits.lastCall else {
      throw ServiceError(.invalidRequest, "not a frame: \(count) bytes for call \(call)")
    }
    self.frameByteCount = count
    self.call = call
  }
}

extension Frame {
  /// Its bytes on a stream, prefix first, in the pieces that it has.
  public var pieces: [[UInt8]] {
    var first: [UInt8] = []
    first.reserveCapacity(FramePrefix.byteCount + Self.headerByteCount)
    first.append(littleEndian: UInt32(byteCount))
    first.append(littleEndian: call)
    return [first + header, message, attachment]
  }

  /// Reads the bytes that followed `prefix`; every length is checked before it is used.
  public init(_ prefix: FramePrefix, _ bytes: [UInt8]) throws(ServiceError) {
    try self.init(
      call: prefix.call, header: Array(bytes.prefix(Self.headerByteCount)),
      body: bytes.dropFirst(Self.headerByteCount))
  }
}
