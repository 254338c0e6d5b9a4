import FeatureTiers
import NIOCore
import RESP

/// One connection's questions, which are answered in their order.
final class ReplyHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = Query
  typealias OutboundOut = ByteBuffer

  private var decoder: RESPDecoder
  private var waiting = CircularBuffer<EventLoopPromise<RESPValue>>()
  private let limit: Int
  private let name: String
  private var failure: (any Error)?

  init(_ name: String, _ options: StoreOptions) {
    self.name = name
    decoder = RESPDecoder(limits: RESPLimits(byteCount: options.replyByteCount))
    limit = options.pipelineCount
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let query = unwrapOutboundIn(data)
    guard failure == nil, context.channel.isActive else {
      promise?.fail(failure ?? closed)
      return
    }
    guard waiting.count < limit else {
      promise?.fail(TierError(.unavailable, "\(name): \(limit) questions already wait for an answer"))
      return
    }
    waiting.append(query.reply)
    context.write(wrapOutboundOut(ByteBuffer(bytes: query.command.bytes)), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard failure == nil else { return }
    decoder.append(unwrapInboundIn(data).readableBytesView)
    do {
      while let reply = try decoder.next() {
        guard let asked = waiting.popFirst() else {
          // From here on it would not be known whose the next one is.
          return end(context, TierError(.refused, "\(name): a reply that nobody asked for: \(reply.words)"))
        }
        asked.succeed(reply)
      }
    } catch {
      end(context, TierError(.refused, "\(name): \(error)"))
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(context, TierError(.unavailable, "\(name): \(error)"))
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(failure ?? closed)
    context.fireChannelInactive()
  }

  /// Ends before it tells, so that who asks again does not ask here.
  private func end(_ context: ChannelHandlerContext, _ error: TierError) {
    failure = failure ?? error
    context.close(promise: nil)
    fail(error)
  }

  private func fail(_ error: any Error) {
    failure = failure ?? error
    while let asked = waiting.popFirst() { asked.fail(error) }
  }

  private var closed: TierError { TierError(.unavailable, "\(name): the connection ended") }
}
