import Crypto
public import RPC

/// The features of one view `[tokens, width]`, row-major, little-endian, with the SHA-256 of their bytes.
public struct ViewFeatures: Equatable, Sendable {
  public let element: FeatureElement
  public let tokenCount: Int
  public let width: Int
  public let bytes: [UInt8]
  public let digest: [UInt8]

  public init(element: FeatureElement, tokenCount: Int, width: Int, bytes: [UInt8]) {
    precondition(
      bytes.count == tokenCount * width * element.byteCount,
      "features of \(tokenCount) x \(width) \(element): found \(bytes.count) bytes")
    self.element = element
    self.tokenCount = tokenCount
    self.width = width
    self.bytes = bytes
    digest = Array(SHA256.hash(data: bytes))
  }

  /// One for all views of an image, by theirs in order; of a single view, its own.
  public static func digest(of views: [[UInt8]]) -> [UInt8] {
    views.count == 1 ? views[0] : Array(SHA256.hash(data: Array(views.joined())))
  }

  /// The pieces that fit into frames, in order.
  func items(image: Int, view: Int) -> [(chunk: FeatureChunk, attachment: [UInt8])] {
    stride(from: 0, to: bytes.count, by: Limits.chunkByteCount).map { offset in
      let chunk = FeatureChunk(
        image: image, view: view, offset: offset, byteCount: bytes.count, element: element, tokenCount: tokenCount,
        width: width, digest: digest)
      return (chunk, Array(bytes[offset..<min(offset + Limits.chunkByteCount, bytes.count)]))
    }
  }
}

/// Puts the pieces of features together again, and lets nothing incomplete, foreign or damaged through.
public struct FeatureAssembler: Sendable {
  /// What every view must be.
  private let tokenCount: Int
  private let width: Int
  private var chunk: FeatureChunk?
  private var bytes: [UInt8] = []

  public init(tokenCount: Int, width: Int) {
    self.tokenCount = tokenCount
    self.width = width
  }

  /// Whether the last view is whole.
  public var isComplete: Bool { chunk == nil }

  /// Adds a piece; returns the view once it is whole. Throws where the piece is not the one that follows, or the digest
  /// of the whole is not what was announced.
  public mutating func add(
    _ next: FeatureChunk, _ attachment: [UInt8]
  ) throws(ServiceError) -> (image: Int, view: Int, features: ViewFeatures)? {
    let expected = tokenCount * width * next.element.byteCount
    guard next.tokenCount == tokenCount, next.width == width, next.byteCount == expected else {
      throw ServiceError(
        .incompatible,
        "features of image \(next.image), view \(next.view): expected \(tokenCount) x \(width) in \(expected) bytes, "
          + "found \(next.tokenCount) x \(next.width) in \(next.byteCount)")
    }
    var continued = next
    continued.offset = 0
    guard next.offset == bytes.count, chunk == nil || chunk == continued, !attachment.isEmpty,
      bytes.count + attachment.count <= expected
    else {
      throw ServiceError(
        .invalidRequest,
        "features of image \(next.image), view \(next.view): expected the piece at byte \(bytes.count) of \(expected), "
          + "found \(attachment.count) bytes at \(next.offset)")
    }
    chunk = continued
    bytes += attachment
    guard bytes.count == expected else { return nil }
    let features = ViewFeatures(element: next.element, tokenCount: tokenCount, width: width, bytes: bytes)
    chunk = nil
    bytes = []
    guard features.digest == next.digest else {
      throw ServiceError(
        .internalFailure,
        "features of image \(next.image), view \(next.view) were damaged on the way: expected SHA-256 "
          + "\(next.digest.hexadecimal), found \(features.digest.hexadecimal)")
    }
    return (next.image, next.view, features)
  }
}
