import Concurrency
public import RPC

/// What the gateway promises its clients.
public protocol Answering: Administering, Tracing {
  /// Answers a question. `upload` fetches the image files, and is called only once the request has been admitted.
  func ask(
    _ request: AskRequest, upload: @Sendable () async throws -> [[UInt8]],
    reply: @escaping @Sendable (AskReply) async throws -> Void, in context: CallContext
  ) async throws
  func status() async -> StatusReply
  func health() async -> HealthReply
}

/// The gateway at the other end of a channel.
public struct GatewayClient: Sendable {
  /// The way to it.
  public let channel: Channel

  public init(_ channel: Channel) { self.channel = channel }

  /// Asks about `images`; `reply` gets stages and tokens as they come. Returns the end of the answer.
  public func ask(
    _ request: AskRequest, images: [[UInt8]], in context: CallContext, reply: @Sendable (AskReply) async throws -> Void
  ) async throws -> AskFinished {
    try await channel.withCall(context.request(.ask, request.encoded)) { call in
      for (index, image) in images.enumerated() {
        try await sendChunks(of: image, over: call, message: ImageChunk(image: index).encoded)
      }
      call.finish()
      var finished: AskFinished?
      // Until the end: an answer counts only once the gateway has said that it is whole.
      while let item = try await call.next() {
        switch try AskReply(decoding: item.message) {
        case .finished(let last): finished = last
        case let next: try await reply(next)
        }
      }
      guard let finished else {
        throw ServiceError(.internalFailure, "\(channel.address): the gateway ended an answer without finishing it")
      }
      return finished
    }
  }

  public func status(in context: CallContext) async throws -> StatusReply {
    try StatusReply(decoding: try await channel.unary(context.request(.status, [])).message)
  }
}

/// Asks any process how it is.
public struct HealthClient: Sendable {
  private let channel: Channel

  public init(_ channel: Channel) { self.channel = channel }

  public func health(in context: CallContext) async throws -> HealthReply {
    try HealthReply(decoding: try await channel.unary(context.request(.health, [])).message)
  }
}

/// Answers the gateway's calls.
public struct GatewayHandler: CallHandler {
  private let gateway: any Answering
  private let imageByteLimit: Int
  private let callers: any CallerAuthenticating

  /// `callers` says who calls, at every call.
  public init(_ gateway: any Answering, imageByteLimit: Int, callers: any CallerAuthenticating = OpenDoors()) {
    self.gateway = gateway
    self.imageByteLimit = imageByteLimit
    self.callers = callers
  }

  public func answer(_ call: IncomingCall) async throws {
    let token = try Hello(decoding: call.greeting).token
    let caller = try callers.caller(presenting: token, at: call.door)
    let method = Method(rawValue: call.method)
    if let method { try caller.check(mayCall: method) }
    switch method {
    case .health: try await call.send(Item(await gateway.health().encoded))
    case .status: try await call.send(Item(await gateway.status().encoded))
    case .ask:
      let request = try AskRequest(decoding: call.item.message)
      try await gateway.ask(
        request, upload: { try await upload(request.imageByteCounts, of: call) },
        reply: { try await send($0, on: call) }, in: CallContext(of: call, by: caller))
    case .drain: try await call.send(Item(await gateway.drain(DrainRequest(decoding: call.item.message)).encoded))
    case .reload: try await call.send(Item(await gateway.reload().encoded))
    case .scale: try await call.send(Item(await gateway.scale(ScaleRequest(decoding: call.item.message)).encoded))
    case .trace: try await gateway.answer(tracing: call)
    case .encode, .prepare, .encodeView, .generate, nil:
      throw ServiceError(.notFound, "a gateway has no method \(call.method)")
    }
  }

  /// A stage is for who listens: no place and no feature waits for a client that does not.
  private func send(_ reply: AskReply, on call: IncomingCall) async throws {
    let item = Item(reply.encoded)
    if call.offer(item) { return }
    if case .stage = reply { return }
    try await call.awaitingClient { try await call.send(item) }
  }

  private func upload(_ byteCounts: [Int], of call: IncomingCall) async throws -> [[UInt8]] {
    call.enter("upload")
    var images: [[UInt8]] = []
    for byteCount in byteCounts {
      images.append(
        try await receiveFile(byteCount, limit: imageByteLimit) {
          try await call.awaitingClient { try await call.next() }
        })
    }
    return images
  }
}
