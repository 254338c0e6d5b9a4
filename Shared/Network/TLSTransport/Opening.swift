import NIOCore
import NIOSSL
import NIOTLS
import RPC

/// What comes before the frames: the handshake, and eight bytes from the side that listens.
///
/// In TLS 1.3 who dials has shaken hands before the other side has looked at its certificate. So the listener says eight
/// bytes once it has taken it, and a link is open when they have come. Until then it belongs to nobody: who has not shown
/// a certificate takes no connection's place.
final class Opening: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  static let words = "llava/1\n"

  private let side: HandshakeFailure.Side
  private let peer: String
  private let alarm: Alarm
  private var outcome: ((Result<Void, ServiceError>) -> Void)?
  private var heard = ByteBuffer()

  /// `outcome` hears once, on the channel's loop, what became of it; `alarm` is switched off then.
  init(
    _ side: HandshakeFailure.Side, with peer: String, _ alarm: Alarm,
    outcome: @escaping (Result<Void, ServiceError>) -> Void
  ) {
    self.side = side
    self.peer = peer
    self.alarm = alarm
    self.outcome = outcome
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent, side == .accepted {
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.words)), promise: nil)
      settle(.success(()))
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard outcome != nil else { return context.fireChannelRead(data) }
    var bytes = unwrapInboundIn(data)
    heard.writeBuffer(&bytes)
    guard let words = heard.readString(length: Self.words.utf8.count) else { return }
    guard words == Self.words else {
      settle(.failure(ServiceError(.invalidRequest, "\(peer): shook hands, and then spoke another protocol")))
      return context.close(promise: nil)
    }
    settle(.success(()))
    if heard.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(heard)) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard outcome != nil else { return context.fireErrorCaught(error) }
    settle(.failure(HandshakeFailure(error).refusal(by: side, of: peer)))
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    settle(.failure(HandshakeFailure.ended("end of the stream").refusal(by: side, of: peer)))
    context.fireChannelInactive()
  }

  /// Says what became of it, unless that has been said.
  func settle(_ result: Result<Void, ServiceError>) {
    alarm.switchOff()
    outcome.take()?(result)
  }
}
