import Concurrency
public import RPC

/// What a decoder promises.
public protocol AnswerGenerating: Tracing {
  /// Goes on with a conversation. Replies with `need` first, with tokens, and with `finished` last; every image that was
  /// needed must have come before the first token.
  func generate(_ request: GenerateRequest, over exchange: any GenerationExchange, in context: CallContext) async throws
  func health() async -> HealthReply
}

/// The two directions of one generation.
public protocol GenerationExchange: Sendable {
  func send(_ reply: GenerateReply) async throws
  /// The next whole view, checked against its digest; nothing once the gateway will send no more. One task receives.
  func receive() async throws -> (image: Int, view: Int, features: ViewFeatures)?
}

/// A decoder at the other end of a channel.
public struct DecoderClient: Sendable {
  private let channel: Channel

  public init(_ channel: Channel) { self.channel = channel }

  /// Sends a view of an image; the views go in their order.
  public typealias SendView = @Sendable (_ view: Int, ViewFeatures) async throws -> Void

  /// Generates an answer: `features` is asked for the images that the decoder needs and sends all views of one, each as
  /// soon as it is there; `token` gets what the decoder says.
  public func generate(
    _ request: GenerateRequest, in context: CallContext,
    features: @escaping @Sendable (_ image: Int, _ send: SendView) async throws -> Void,
    token: @escaping @Sendable (Token) async throws -> Void
  ) async throws -> Finished {
    try await channel.withCall(context.request(.generate, request.encoded)) { call in
      let (needs, need) = AsyncStream.makeStream(of: Int.self)  // bounded by the images of the request
      return try await withThrowingTaskGroup(of: Finished?.self) { group in
        group.addTask {
          for await image in needs {
            try await features(image) { try await send($1, image: image, view: $0, over: call) }
          }
          return nil
        }
        group.addTask {
          defer { need.finish() }
          return try await replies(of: call, after: request.spoken.count, token: token) { images in
            for image in images { need.yield(image) }
          }
        }
        while let finished = try await group.next() {
          guard let finished else { continue }
          group.cancelAll()
          return finished
        }
        throw ServiceError(.unavailable, "\(channel.address): the answer ended before it was finished")
      }
    }
  }

  private func send(_ features: ViewFeatures, image: Int, view: Int, over call: Call) async throws {
    for (chunk, bytes) in features.items(image: image, view: view) {
      try await call.send(Item(chunk.encoded, attachment: bytes))
    }
  }

  private func replies(
    of call: Call, after spokenCount: Int, token: (Token) async throws -> Void, need: ([Int]) -> Void
  ) async throws -> Finished {
    var tokenCount = spokenCount
    var finished: Finished?
    while let item = try await call.next() {
      switch try GenerateReply(decoding: item.message) {
      case .need(let images): need(images)
      case .finished(let last): finished = last
      case .token(let next):
        guard next.index == tokenCount else {
          throw ServiceError(
            .internalFailure, "\(channel.address): expected token \(tokenCount), found token \(next.index)")
        }
        tokenCount += 1
        try await token(next)
      }
    }
    guard let finished else {
      throw ServiceError(.internalFailure, "\(channel.address): the decoder ended an answer without finishing it")
    }
    return finished
  }
}

/// Answers a decoder's calls.
public struct DecoderHandler: CallHandler {
  private let generator: any AnswerGenerating
  private let contract: FeatureContract

  /// `contract` is what the decoder's projector was trained on.
  public init(_ generator: any AnswerGenerating, contract: FeatureContract) {
    self.generator = generator
    self.contract = contract
  }

  public func answer(_ call: IncomingCall) async throws {
    switch Method(rawValue: call.method) {
    case .health: try await call.send(Item(await generator.health().encoded))
    case .generate:
      let request = try GenerateRequest(decoding: call.item.message)
      let exchange = CallExchange(
        call: call, assembler: FeatureAssembler(tokenCount: contract.tokenCount, width: contract.width))
      try await generator.generate(request, over: exchange, in: CallContext(of: call))
    case .trace: try await generator.answer(tracing: call)
    case .encode, .prepare, .encodeView, .ask, .status, .drain, .reload, .scale, nil:
      throw ServiceError(.notFound, "a decoder has no method \(call.method)")
    }
  }
}

private struct CallExchange: GenerationExchange {
  let call: IncomingCall
  let assembler: Lock<FeatureAssembler>

  init(call: IncomingCall, assembler: FeatureAssembler) {
    self.call = call
    self.assembler = Lock(assembler)
  }

  func send(_ reply: GenerateReply) async throws { try await call.send(Item(reply.encoded)) }

  func receive() async throws -> (image: Int, view: Int, features: ViewFeatures)? {
    while let item = try await call.next() {
      let chunk = try FeatureChunk(decoding: item.message)
      if let whole = try assembler.withLock({ assembler throws(ServiceError) in
        try assembler.add(chunk, item.attachment)
      }) {
        return whole
      }
    }
    guard assembler.withLock({ $0.isComplete }) else {
      throw ServiceError(.invalidRequest, "the features of an image ended in the middle")
    }
    return nil
  }
}
