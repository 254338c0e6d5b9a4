import Crypto
public import RPC

/// An image as the decoder will see it: the features of all its views.
public struct EncodedImage: Equatable, Sendable {
  public var prepared: PreparedImage
  public var views: [ViewFeatures]
  public var timings: [Timing]

  public init(prepared: PreparedImage, views: [ViewFeatures], timings: [Timing]) {
    self.prepared = prepared
    self.views = views
    self.timings = timings
  }

  /// SHA-256 over the digests of the views, in order; of a single view, its own.
  public var digest: [UInt8] { ViewFeatures.digest(of: views.map(\.digest)) }
}

/// What a vision worker promises.
public protocol ImageEncoding: Tracing {
  /// The features of an image file. `image` has been checked against the request's digest.
  func encode(_ image: [UInt8], _ request: EncodeRequest, in context: CallContext) async throws -> EncodedImage
  /// The views of an image file, in their order. `image` has been checked against the request's digest.
  func prepare(_ image: [UInt8], _ request: PrepareRequest, in context: CallContext) async throws -> PreparedViews
  /// The features of one view `[side, side, 3]`, which has been checked against the request's digest.
  func encode(view: [UInt8], _ request: EncodeViewRequest, in context: CallContext) async throws -> EncodedView
  func health() async -> HealthReply
}

/// A vision worker at the other end of a channel.
public struct VisionClient: Sendable {
  let channel: Channel
  let contract: FeatureContract

  /// `contract` is what the worker said in its HELLO.
  public init(_ channel: Channel, contract: FeatureContract) {
    self.channel = channel
    self.contract = contract
  }

  public func encode(_ image: [UInt8], _ request: EncodeRequest, in context: CallContext) async throws -> EncodedImage {
    try await channel.withCall(context.request(.encode, request.encoded)) { call in
      try await sendChunks(of: image, over: call, message: [])
      call.finish()
      var prepared: PreparedImage?
      var views: [ViewFeatures] = []
      var timings: [Timing]?
      var assembler = FeatureAssembler(tokenCount: contract.tokenCount, width: contract.width)
      while let item = try await call.next() {
        switch try EncodeReply(decoding: item.message) {
        case .prepared(let image): prepared = image
        case .timings(let last): timings = last
        case .chunk(let chunk):
          guard let (_, view, features) = try assembler.add(chunk, item.attachment) else { continue }
          guard view == views.count else {
            throw ServiceError(.internalFailure, "\(channel.address): expected view \(views.count), found view \(view)")
          }
          views.append(features)
        }
      }
      guard let prepared, let timings, views.count == prepared.viewCount, assembler.isComplete else {
        throw ServiceError(
          .internalFailure,
          "\(channel.address): expected \(prepared?.viewCount ?? 0) views, found \(views.count) and an end")
      }
      return EncodedImage(prepared: prepared, views: views, timings: timings)
    }
  }
}

/// Sends a file in pieces, each with `message`.
func sendChunks(of bytes: [UInt8], over call: Call, message: [UInt8]) async throws {
  for piece in pieces(of: bytes) { try await call.send(Item(message, attachment: piece)) }
}

/// What fits into an item each.
private func pieces(of bytes: [UInt8]) -> some Swift.Sequence<[UInt8]> {
  stride(from: 0, to: bytes.count, by: Limits.chunkByteCount).lazy.map { start in
    Array(bytes[start..<min(start + Limits.chunkByteCount, bytes.count)])
  }
}

/// Answers a vision worker's calls.
public struct VisionHandler: CallHandler {
  private let encoder: any ImageEncoding
  private let imageByteLimit: Int

  public init(_ encoder: any ImageEncoding, imageByteLimit: Int) {
    self.encoder = encoder
    self.imageByteLimit = imageByteLimit
  }

  public func answer(_ call: IncomingCall) async throws {
    switch Method(rawValue: call.method) {
    case .health: try await call.send(Item(await encoder.health().encoded))
    case .encode: try await encode(call)
    case .prepare: try await prepare(call)
    case .encodeView: try await encodeView(call)
    case .trace: try await encoder.answer(tracing: call)
    case .generate, .ask, .status, .drain, .reload, .scale, nil:
      throw ServiceError(.notFound, "a vision worker has no method \(call.method)")
    }
  }

  private func encode(_ call: IncomingCall) async throws {
    let request = try EncodeRequest(decoding: call.item.message)
    let image = try await upload(request.imageByteCount, request.imageDigest, of: call)
    let encoded = try await encoder.encode(image, request, in: CallContext(of: call))
    call.enter("transfer")
    try await call.send(Item(EncodeReply.prepared(encoded.prepared).encoded))
    for (index, features) in encoded.views.enumerated() { try await send(features, view: index, over: call) }
    try await call.send(Item(EncodeReply.timings(encoded.timings).encoded))
  }

  private func prepare(_ call: IncomingCall) async throws {
    let request = try PrepareRequest(decoding: call.item.message)
    let image = try await upload(request.imageByteCount, request.imageDigest, of: call)
    let prepared = try await encoder.prepare(image, request, in: CallContext(of: call))
    call.enter("transfer")
    try await call.send(Item(PrepareReply.prepared(prepared.image).encoded))
    for (index, view) in prepared.views.enumerated() {
      let chunk = ViewChunk(view: index, byteCount: view.bytes.count, digest: view.digest)
      for bytes in pieces(of: view.bytes) {
        try await call.send(Item(PrepareReply.chunk(chunk).encoded, attachment: bytes))
      }
    }
    try await call.send(Item(PrepareReply.timings(prepared.timings).encoded))
  }

  private func encodeView(_ call: IncomingCall) async throws {
    let request = try EncodeViewRequest(decoding: call.item.message)
    let view = try await upload(request.viewByteCount, request.viewDigest, of: call)
    let encoded = try await encoder.encode(view: view, request, in: CallContext(of: call))
    call.enter("transfer")
    try await send(encoded.features, view: 0, over: call)
    try await call.send(Item(EncodeReply.timings(encoded.timings).encoded))
  }

  /// What was announced, whole and undamaged.
  private func upload(_ byteCount: Int, _ expected: [UInt8], of call: IncomingCall) async throws -> [UInt8] {
    call.enter("upload")
    let bytes = try await receiveFile(byteCount, limit: imageByteLimit) { try await call.next() }
    let digest = Array(SHA256.hash(data: bytes))
    guard digest == expected else {
      throw ServiceError(
        .internalFailure,
        "the image was damaged on the way: expected SHA-256 \(expected.hexadecimal), found \(digest.hexadecimal)")
    }
    return bytes
  }

  private func send(_ features: ViewFeatures, view: Int, over call: IncomingCall) async throws {
    for (chunk, bytes) in features.items(image: 0, view: view) {
      try await call.send(Item(EncodeReply.chunk(chunk).encoded, attachment: bytes))
    }
  }
}

/// Gathers a file of the announced size from the attachments of the items that come next; never more than was announced.
func receiveFile(_ byteCount: Int, limit: Int, from next: () async throws -> Item?) async throws -> [UInt8] {
  guard byteCount > 0, byteCount <= limit else {
    throw ServiceError(
      byteCount == 0 ? .invalidRequest : .tooLarge, "an image file of \(byteCount) bytes: expected 1 to \(limit)")
  }
  var bytes: [UInt8] = []
  while bytes.count < byteCount {
    guard let item = try await next() else {
      throw ServiceError(.invalidRequest, "the image ended after \(bytes.count) of \(byteCount) bytes")
    }
    guard !item.attachment.isEmpty, bytes.count + item.attachment.count <= byteCount else {
      throw ServiceError(
        .invalidRequest,
        "the image was announced with \(byteCount) bytes; \(bytes.count + item.attachment.count) came")
    }
    bytes += item.attachment
  }
  return bytes
}
