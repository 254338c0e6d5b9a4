import RPC

/// A frame's bytes on a stream: `[count of what follows the prefix: u32][call: u32]`, little-endian, then the frame's
/// own header, its message and its attachment.
enum Packet {
  static let prefixByteCount = 8
}

/// A frame on its way out, in memory that stays where it is until nng has taken all of it.
final class OutgoingPacket: @unchecked Sendable {  // sound: used by one transfer at a time, under the stream's lock
  private let bytes: UnsafeMutableRawBufferPointer
  private var sentByteCount = 0
  private let ledger: Ledger

  init(_ frame: Frame, _ ledger: Ledger) {
    self.ledger = ledger
    ledger.messageBegan()
    bytes = .allocate(byteCount: Packet.prefixByteCount + frame.byteCount, alignment: 16)
    bytes.storeBytes(of: UInt32(frame.byteCount).littleEndian, as: UInt32.self)
    bytes.storeBytes(of: frame.call.littleEndian, toByteOffset: 4, as: UInt32.self)
    var offset = Packet.prefixByteCount
    for part in [frame.header, frame.message, frame.attachment] {
      UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + part.count]).copyBytes(from: part)
      offset += part.count
    }
  }

  deinit {
    bytes.deallocate()
    ledger.messageEnded()
  }

  /// What nng has not taken yet.
  var rest: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: bytes[sentByteCount...]) }

  func sent(_ byteCount: Int) { sentByteCount += byteCount }
}
