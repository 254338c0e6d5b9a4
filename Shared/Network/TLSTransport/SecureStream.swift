import Concurrency
import NIOCore
import RPC

/// One connection that carries frames, from its first moment until its descriptor is closed.
final class SecureStream: Gated {
  let gate = Lock(Gate())
  let inbox = Mailbox<Frame>(limit: TransportLimits.inboxFrameCount)
  private let channel: any NIOCore.Channel
  private let holdings: Holdings
  /// Frames that are queued or being written.
  private let outgoingCount = Lock(0)

  /// Takes over a channel that is not closed yet.
  init(taking channel: any NIOCore.Channel, _ holdings: Holdings) {
    self.channel = channel
    self.holdings = holdings
    holdings.opened(self)
    begin {
      channel.closeFuture.whenComplete { _ in
        self.end()
        self.finish()
      }
    }
  }

  func shut() {
    inbox.finish()
    channel.close(promise: nil)
  }

  func free() {
    holdings.ended(self)
    freed()
  }

  /// Queues a frame behind those before it. One too many ends the stream.
  func send(_ frame: Frame) {
    let hasRoom = outgoingCount.withLock { count in
      guard count < TransportLimits.outgoingFrameCount else { return false }
      count += 1
      return true
    }
    guard hasRoom else { return end() }
    holdings.messageBegan()
    var bytes = ByteBuffer()
    bytes.reserveCapacity(FramePrefix.byteCount + frame.byteCount)
    for piece in frame.pieces { bytes.writeBytes(piece) }
    let isBegun = begin { [bytes] in channel.eventLoop.execute { self.write(bytes) } }
    if !isBegun { written() }
  }

  private func write(_ bytes: ByteBuffer) {
    channel.writeAndFlush(bytes).whenComplete { result in
      self.written()
      if case .failure = result { self.end() }
      self.finish()
    }
  }

  private func written() {
    outgoingCount.withLock { $0 -= 1 }
    holdings.messageEnded()
  }
}
