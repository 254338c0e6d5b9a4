import CMessages
import RPC
public import TilePlan

/// Asks a vision worker for the features of an image file, whose bytes follow.
public struct EncodeRequest: Equatable, Sendable {
  public var policy: ImagePolicy
  public var element: FeatureElement
  /// What normalised pixels are rounded to before the tower sees them.
  public var pixels: FeatureElement
  public var imageByteCount: Int
  /// Of the file; 32 bytes.
  public var imageDigest: [UInt8]

  public init(
    policy: ImagePolicy, element: FeatureElement, pixels: FeatureElement = .f32, imageByteCount: Int,
    imageDigest: [UInt8]
  ) {
    self.policy = policy
    self.element = element
    self.pixels = pixels
    self.imageByteCount = imageByteCount
    self.imageDigest = imageDigest
  }
}

/// The source's size and what became of it.
public struct PreparedImage: Equatable, Sendable {
  public var width: Int
  public var height: Int
  public var viewCount: Int

  public init(width: Int, height: Int, viewCount: Int) {
    self.width = width
    self.height = height
    self.viewCount = viewCount
  }
}

/// Describes a piece of one view's features; the bytes are the item's attachment.
public struct FeatureChunk: Equatable, Sendable {
  public var image: Int
  public var view: Int
  public var offset: Int
  public var byteCount: Int
  public var element: FeatureElement
  public var tokenCount: Int
  public var width: Int
  public var digest: [UInt8]
}

/// One item of an ENCODE answer.
public enum EncodeReply: Equatable, Sendable {
  case prepared(PreparedImage)
  case chunk(FeatureChunk)
  case timings([Timing])
}

extension EncodeRequest: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__EncodeRequest>?) -> Void { llava__v1__encode_request__init }

  init(_ message: Llava__V1__EncodeRequest) throws(ServiceError) {
    self.init(
      policy: try ImagePolicy(message.policy, message.tiling), element: FeatureElement(message.element),
      pixels: message.has_pixels != 0 ? FeatureElement(message.pixels) : .f32,
      imageByteCount: Int(clamping: message.image_byte_count), imageDigest: [UInt8](message.image_sha256))
  }

  func fill(_ message: inout Llava__V1__EncodeRequest, _ arena: Arena) {
    message.policy = policy.number
    message.element = element.number
    (message.has_pixels, message.pixels) = (1, pixels.number)
    message.image_byte_count = UInt64(imageByteCount)
    message.image_sha256 = arena.bytes(imageDigest)
    message.tiling = arena.optional(policy.tiling)
  }
}

extension PreparedImage: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__PreparedImage>?) -> Void { llava__v1__prepared_image__init }

  init(_ message: Llava__V1__PreparedImage) throws(ServiceError) {
    self.init(width: Int(message.width), height: Int(message.height), viewCount: Int(message.view_count))
  }

  func fill(_ message: inout Llava__V1__PreparedImage, _ arena: Arena) {
    message.width = UInt32(width)
    message.height = UInt32(height)
    message.view_count = UInt32(viewCount)
  }
}

extension FeatureChunk: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__FeatureChunk>?) -> Void { llava__v1__feature_chunk__init }

  init(_ message: Llava__V1__FeatureChunk) throws(ServiceError) {
    self.init(
      image: Int(message.image), view: Int(message.view), offset: Int(clamping: message.offset),
      byteCount: Int(clamping: message.byte_count), element: FeatureElement(message.element),
      tokenCount: Int(message.token_count), width: Int(message.width), digest: [UInt8](message.sha256))
  }

  func fill(_ message: inout Llava__V1__FeatureChunk, _ arena: Arena) {
    message.image = UInt32(image)
    message.view = UInt32(view)
    message.offset = UInt64(offset)
    message.byte_count = UInt64(byteCount)
    message.element = element.number
    message.token_count = UInt32(tokenCount)
    message.width = UInt32(width)
    message.sha256 = arena.bytes(digest)
  }
}

struct EncodeTimings: WireMessage {
  var timings: [Timing]

  static var initialize: (UnsafeMutablePointer<Llava__V1__EncodeTimings>?) -> Void { llava__v1__encode_timings__init }

  init(_ timings: [Timing]) { self.timings = timings }

  init(_ message: Llava__V1__EncodeTimings) throws(ServiceError) {
    timings = try values(message.timings, message.n_timings)
  }

  func fill(_ message: inout Llava__V1__EncodeTimings, _ arena: Arena) {
    (message.n_timings, message.timings) = (timings.count, arena.messages(timings))
  }
}

extension EncodeReply: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__EncodeReply>?) -> Void { llava__v1__encode_reply__init }

  init(_ message: Llava__V1__EncodeReply) throws(ServiceError) {
    if let prepared: PreparedImage = try value(message.prepared) {
      self = .prepared(prepared)
    } else if let chunk: FeatureChunk = try value(message.chunk) {
      self = .chunk(chunk)
    } else if let last: EncodeTimings = try value(message.timings) {
      self = .timings(last.timings)
    } else {
      throw ServiceError(.invalidRequest, "EncodeReply: no field that this build knows")
    }
  }

  func fill(_ message: inout Llava__V1__EncodeReply, _ arena: Arena) {
    switch self {
    case .prepared(let prepared): message.prepared = arena.message(prepared)
    case .chunk(let chunk): message.chunk = arena.message(chunk)
    case .timings(let timings): message.timings = arena.message(EncodeTimings(timings))
    }
  }
}
