import Crypto
import RPC

/// The pixels of one view `[side, side, 3]`, 8-bit RGB, with the SHA-256 of their bytes.
public struct PreparedView: Equatable, Sendable {
  public let bytes: [UInt8]
  public let digest: [UInt8]

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    digest = Array(SHA256.hash(data: bytes))
  }
}

/// An image cut into its views, in their order.
public struct PreparedViews: Equatable, Sendable {
  public var image: PreparedImage
  public var views: [PreparedView]
  public var timings: [Timing]

  public init(image: PreparedImage, views: [PreparedView], timings: [Timing]) {
    self.image = image
    self.views = views
    self.timings = timings
  }
}

/// The features of one view.
public struct EncodedView: Equatable, Sendable {
  public var features: ViewFeatures
  public var timings: [Timing]

  public init(features: ViewFeatures, timings: [Timing]) {
    self.features = features
    self.timings = timings
  }
}

extension VisionClient {
  /// Has `image` cut into exactly `viewCount` views.
  public func prepare(
    _ image: [UInt8], _ request: PrepareRequest, viewCount: Int, in context: CallContext
  ) async throws -> PreparedViews {
    try await channel.withCall(context.request(.prepare, request.encoded)) { call in
      try await sendChunks(of: image, over: call, message: [])
      call.finish()
      var prepared: PreparedImage?
      var timings: [Timing]?
      var assembler = ViewAssembler(byteCount: contract.imageSide * contract.imageSide * 3, viewCount: viewCount)
      while let item = try await call.next() {
        switch try PrepareReply(decoding: item.message) {
        case .prepared(let image): prepared = image
        case .timings(let last): timings = last
        case .chunk(let chunk): try assembler.add(chunk, item.attachment)
        }
      }
      guard let prepared, let timings, assembler.isComplete, prepared.viewCount == viewCount else {
        throw ServiceError(
          .internalFailure,
          "\(channel.address): expected \(viewCount) views, found \(assembler.views.count) of "
            + "\(prepared?.viewCount ?? 0) and an end")
      }
      return PreparedViews(image: prepared, views: assembler.views, timings: timings)
    }
  }

  /// Has one view encoded.
  public func encode(
    _ view: PreparedView, element: FeatureElement, pixels: FeatureElement, in context: CallContext
  ) async throws -> EncodedView {
    let request = EncodeViewRequest(
      element: element, pixels: pixels, viewByteCount: view.bytes.count, viewDigest: view.digest)
    return try await channel.withCall(context.request(.encodeView, request.encoded)) { call in
      try await sendChunks(of: view.bytes, over: call, message: [])
      call.finish()
      var features: ViewFeatures?
      var timings: [Timing]?
      var assembler = FeatureAssembler(tokenCount: contract.tokenCount, width: contract.width)
      while let item = try await call.next() {
        switch try EncodeReply(decoding: item.message) {
        case .prepared: break
        case .timings(let last): timings = last
        case .chunk(let chunk):
          guard features == nil else { throw ServiceError(.internalFailure, "\(channel.address): more than one view") }
          features = try assembler.add(chunk, item.attachment)?.features
        }
      }
      guard let features, let timings, features.element == element else {
        throw ServiceError(
          .internalFailure, "\(channel.address): expected the \(element) features of a view and an end")
      }
      return EncodedView(features: features, timings: timings)
    }
  }
}

/// Puts the pieces of views together again, and lets nothing incomplete, foreign or damaged through.
struct ViewAssembler {
  /// Of every view.
  private let byteCount: Int
  private let viewCount: Int
  private(set) var views: [PreparedView] = []
  private var bytes: [UInt8] = []

  init(byteCount: Int, viewCount: Int) {
    self.byteCount = byteCount
    self.viewCount = viewCount
  }

  var isComplete: Bool { views.count == viewCount && bytes.isEmpty }

  mutating func add(_ chunk: ViewChunk, _ attachment: [UInt8]) throws(ServiceError) {
    guard views.count < viewCount, chunk.view == views.count, chunk.byteCount == byteCount, !attachment.isEmpty,
      bytes.count + attachment.count <= byteCount
    else {
      throw ServiceError(
        .internalFailure,
        "pixels of view \(chunk.view): expected view \(views.count) of \(viewCount) with \(byteCount) bytes, found "
          + "\(bytes.count + attachment.count) of \(chunk.byteCount)")
    }
    bytes += attachment
    guard bytes.count == byteCount else { return }
    let view = PreparedView(bytes)
    bytes = []
    guard view.digest == chunk.digest else {
      throw ServiceError(
        .internalFailure,
        "pixels of view \(chunk.view) were damaged on the way: expected SHA-256 \(chunk.digest.hexadecimal), found "
          + view.digest.hexadecimal)
    }
    views.append(view)
  }
}
