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
  public var digest: [UInt8] {
    views.count == 1 ? views[0].digest : Array(SHA256.hash(data: views.flatMap(\.digest)))
  }
}

/// What a vision worker promises.
public protocol ImageEncoding: Sendable {
  /// The features of an image file. `image` has been checked against the request's digest.
  func encode(_ image: [UInt8], _ request: EncodeRequest, in context: CallContext) async throws -> EncodedImage
  func health() async -> HealthReply
}

/// A vision worker at the other end of a channel.
public struct VisionClient: Sendable {
  private let channel: Channel
  private let contract: FeatureContract

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
  for start in stride(from: 0, to: bytes.count, by: Limits.chunkByteCount) {
    let end = min(start + Limits.chunkByteCount, bytes.count)
    try await call.send(Item(message, attachment: Array(bytes[start..<end])))
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
    case .generate, .ask, .status, nil: throw ServiceError(.notFound, "a vision worker has no method \(call.method)")
    }
  }

  private func encode(_ call: IncomingCall) async throws {
    let request = try EncodeRequest(decoding: call.item.message)
    call.enter("upload")
    let image = try await receiveFile(request.imageByteCount, of: call, limit: imageByteLimit)
    let digest = Array(SHA256.hash(data: image))
    guard digest == request.imageDigest else {
      throw ServiceError(
        .internalFailure,
        "the image was damaged on the way: expected SHA-256 \(request.imageDigest.hexadecimal), found \(digest.hexadecimal)"
      )
    }
    let encoded = try await encoder.encode(image, request, in: CallContext(of: call))
    call.enter("transfer")
    try await call.send(Item(EncodeReply.prepared(encoded.prepared).encoded))
    for (index, features) in encoded.views.enumerated() {
      for (chunk, bytes) in features.items(image: 0, view: index) {
        try await call.send(Item(EncodeReply.chunk(chunk).encoded, attachment: bytes))
      }
    }
    try await call.send(Item(EncodeReply.timings(encoded.timings).encoded))
  }
}

/// Gathers a file of the announced size from the attachments of a call's items; never more than was announced.
func receiveFile(_ byteCount: Int, of call: IncomingCall, limit: Int) async throws -> [UInt8] {
  guard byteCount > 0, byteCount <= limit else {
    throw ServiceError(
      byteCount == 0 ? .invalidRequest : .tooLarge, "an image file of \(byteCount) bytes: expected 1 to \(limit)")
  }
  var bytes: [UInt8] = []
  while bytes.count < byteCount {
    guard let item = try await call.next() else {
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
