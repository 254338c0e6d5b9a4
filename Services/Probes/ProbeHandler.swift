import NIOCore
import NIOHTTP1

/// Answers one request on one connection, and ends it; also where the request never comes, or is none.
final class ProbeHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let probes: Probes
  private let limits: Limits
  private var request: HTTPRequestHead?
  private var hasAnswered = false
  private var end: Scheduled<Void>?

  init(_ probes: Probes, within limits: Limits) {
    self.probes = probes
    self.limits = limits
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    end = context.eventLoop.scheduleTask(in: TimeAmount(limits.connectionTime)) { channel.close(promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): request = request ?? head
    case .body: break
    case .end:
      guard let request else { return }
      answer(probes.answer(to: request.method.rawValue, request.uri), isBodyWanted: request.method != .HEAD, context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case is HTTPParserError: answer(ProbeAnswer(.badRequest, "that is not HTTP/1.1\n"), context)
    case is RequestTooLong:
      answer(ProbeAnswer(.tooLarge, "expected at most \(limits.requestByteCount) bytes\n"), context)
    default: context.close(promise: nil)
    }
  }

  /// What else comes on the connection is not looked at. It is ended from this side only: closing it whole while the
  /// peer still sends would reset it, and lose the answer.
  private func answer(_ answer: ProbeAnswer, isBodyWanted: Bool = true, _ context: ChannelHandlerContext) {
    guard !hasAnswered else { return }
    hasAnswered = true
    let body = context.channel.allocator.buffer(string: answer.body)
    var headers = HTTPHeaders([
      ("Content-Type", answer.type), ("Content-Length", "\(body.readableBytes)"), ("Connection", "close"),
      ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
    ])
    if answer.status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status.rawValue), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if isBodyWanted { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.close(mode: .output, promise: nil)
  }
}

/// More came on a connection than a request has.
struct RequestTooLong: Error {}

/// Lets through as many bytes as a request may have. What comes after them goes nowhere.
final class RequestBound: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let limit: Int
  private var byteCount = 0

  init(byteCount limit: Int) { self.limit = limit }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard byteCount <= limit else { return }
    byteCount += unwrapInboundIn(data).readableBytes
    if byteCount <= limit {
      context.fireChannelRead(data)
    } else {
      context.fireErrorCaught(RequestTooLong())
    }
  }
}
