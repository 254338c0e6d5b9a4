import Concurrency
import NIOCore
import RPC

/// Brings what a peer sends into the inbox of its stream.
///
/// What is malformed, too large or too much ends the stream without a word; the connection on it sees the end.
final class FrameHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let stream: SecureStream
  private let holdings: Holdings
  private var intake = Intake()
  private var isCounted = false
  private var isOver = false

  init(_ stream: SecureStream, _ holdings: Holdings) {
    self.stream = stream
    self.holdings = holdings
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return }
    guard let frames = try? intake.take(unwrapInboundIn(data)), frames.allSatisfy(stream.inbox.put) else { return end() }
    count(intake.isWithinFrame)
  }

  /// Also where the peer did not say that it was going: what it said before has come.
  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { end() }

  private func end() {
    isOver = true
    intake = Intake()
    count(false)
    stream.end()
  }

  private func count(_ isWithinFrame: Bool) {
    guard isCounted != isWithinFrame else { return }
    isCounted = isWithinFrame
    if isWithinFrame { holdings.messageBegan() } else { holdings.messageEnded() }
  }
}
