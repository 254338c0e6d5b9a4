import Concurrency
import RPC

/// A frame on its way out, in memory that stays where it is until nng has taken all of it.
final class OutgoingPacket: @unchecked Sendable {  // sound: used by one transfer at a time, under the stream's lock
  private let bytes: UnsafeMutableRawBufferPointer
  private var sentByteCount = 0
  private let holdings: Holdings

  init(_ frame: Frame, _ holdings: Holdings) {
    self.holdings = holdings
    holdings.messageBegan()
    bytes = .allocate(byteCount: FramePrefix.byteCount + frame.byteCount, alignment: 16)
    var offset = 0
    for piece in frame.pieces {
      UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + piece.count]).copyBytes(from: piece)
      offset += piece.count
    }
  }

  deinit {
    bytes.deallocate()
    holdings.messageEnded()
  }

  /// What nng has not taken yet.
  var rest: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: bytes[sentByteCount...]) }

  func sent(_ byteCount: Int) { sentByteCount += byteCount }
}
