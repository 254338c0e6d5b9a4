import Contracts

/// Processes' services, whose every call is written down.
struct WatchedGateway: Answering {
  let gateway: any Answering
  let life: Life
  let chronicle: Chronicle

  func ask(
    _ request: AskRequest, upload: @Sendable () async throws -> [[UInt8]],
    reply: @escaping @Sendable (AskReply) async throws -> Void, in context: CallContext
  ) async throws {
    try await chronicle.executing(.ask, on: life.host, life: life.number, context) {
      try await gateway.ask(request, upload: upload, reply: reply, in: context)
    }
  }

  func status() async -> StatusReply { await gateway.status() }
  func health() async -> HealthReply { await gateway.health() }
}

struct WatchedVision: ImageEncoding {
  let vision: any ImageEncoding
  let life: Life
  let chronicle: Chronicle

  func encode(_ image: [UInt8], _ request: EncodeRequest, in context: CallContext) async throws -> EncodedImage {
    try await chronicle.executing(.encode, on: life.host, life: life.number, context, subject: request.imageDigest) {
      try await vision.encode(image, request, in: context)
    }
  }

  func prepare(_ image: [UInt8], _ request: PrepareRequest, in context: CallContext) async throws -> PreparedViews {
    try await chronicle.executing(.prepare, on: life.host, life: life.number, context, subject: request.imageDigest) {
      try await vision.prepare(image, request, in: context)
    }
  }

  func encode(view: [UInt8], _ request: EncodeViewRequest, in context: CallContext) async throws -> EncodedView {
    try await chronicle.executing(.encode, on: life.host, life: life.number, context, subject: request.viewDigest) {
      try await vision.encode(view: view, request, in: context)
    }
  }

  func health() async -> HealthReply { await vision.health() }
}

struct WatchedDecoder: AnswerGenerating {
  let decoder: any AnswerGenerating
  let life: Life
  let chronicle: Chronicle

  func generate(
    _ request: GenerateRequest, over exchange: any GenerationExchange, in context: CallContext
  ) async throws {
    try await chronicle.executing(.generate, on: life.host, life: life.number, context) {
      try await decoder.generate(request, over: exchange, in: context)
    }
  }

  func health() async -> HealthReply { await decoder.health() }
}
