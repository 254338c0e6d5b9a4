import CMessages
import RPC
public import TilePlan

/// Asks a vision worker to decode an image file, whose bytes follow, and to cut it into its views.
public struct PrepareRequest: Equatable, Sendable {
  public var policy: ImagePolicy
  public var imageByteCount: Int
  /// Of the file; 32 bytes.
  public var imageDigest: [UInt8]

  public init(policy: ImagePolicy, imageByteCount: Int, imageDigest: [UInt8]) {
    self.policy = policy
    self.imageByteCount = imageByteCount
    self.imageDigest = imageDigest
  }
}

/// Asks a vision worker for the features of one view, whose pixels follow.
public struct EncodeViewRequest: Equatable, Sendable {
  public var element: FeatureElement
  /// What normalised pixels are rounded to before the tower sees them.
  public var pixels: FeatureElement
  public var viewByteCount: Int
  /// Of the pixels; 32 bytes.
  public var viewDigest: [UInt8]

  public init(element: FeatureElement, pixels: FeatureElement, viewByteCount: Int, viewDigest: [UInt8]) {
    self.element = element
    self.pixels = pixels
    self.viewByteCount = viewByteCount
    self.viewDigest = viewDigest
  }
}

/// Describes a piece of one view's pixels; the bytes are the item's attachment.
struct ViewChunk: Equatable, Sendable {
  var view: Int
  var byteCount: Int
  var digest: [UInt8]
}

/// One item of a PREPARE answer.
enum PrepareReply: Equatable, Sendable {
  case prepared(PreparedImage)
  case chunk(ViewChunk)
  case timings([Timing])
}

extension PrepareRequest: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__PrepareRequest>?) -> Void { llava__v1__prepare_request__init }

  init(_ message: Llava__V1__PrepareRequest) throws(ServiceError) {
    self.init(
      policy: try ImagePolicy(message.policy, message.tiling), imageByteCount: Int(clamping: message.image_byte_count),
      imageDigest: [UInt8](message.image_sha256))
  }

  func fill(_ message: inout Llava__V1__PrepareRequest, _ arena: Arena) {
    message.policy = policy.number
    message.tiling = arena.optional(policy.tiling)
    message.image_byte_count = UInt64(imageByteCount)
    message.image_sha256 = arena.bytes(imageDigest)
  }
}

extension EncodeViewRequest: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__EncodeViewRequest>?) -> Void {
    llava__v1__encode_view_request__init
  }

  init(_ message: Llava__V1__EncodeViewRequest) throws(ServiceError) {
    self.init(
      element: FeatureElement(message.element),
      pixels: message.has_pixels != 0 ? FeatureElement(message.pixels) : .f32,
      viewByteCount: Int(clamping: message.view_byte_count), viewDigest: [UInt8](message.view_sha256))
  }

  func fill(_ message: inout Llava__V1__EncodeViewRequest, _ arena: Arena) {
    message.element = element.number
    (message.has_pixels, message.pixels) = (1, pixels.number)
    message.view_byte_count = UInt64(viewByteCount)
    message.view_sha256 = arena.bytes(viewDigest)
  }
}

extension ViewChunk: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__ViewChunk>?) -> Void { llava__v1__view_chunk__init }

  init(_ message: Llava__V1__ViewChunk) throws(ServiceError) {
    self.init(view: Int(message.view), byteCount: Int(clamping: message.byte_count), digest: [UInt8](message.sha256))
  }

  func fill(_ message: inout Llava__V1__ViewChunk, _ arena: Arena) {
    message.view = UInt32(view)
    message.byte_count = UInt64(byteCount)
    message.sha256 = arena.bytes(digest)
  }
}

extension PrepareReply: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__PrepareReply>?) -> Void { llava__v1__prepare_reply__init }

  init(_ message: Llava__V1__PrepareReply) throws(ServiceError) {
    if let prepared: PreparedImage = try value(message.prepared) {
      self = .prepared(prepared)
    } else if let chunk: ViewChunk = try value(message.chunk) {
      self = .chunk(chunk)
    } else if let last: EncodeTimings = try value(message.timings) {
      self = .timings(last.timings)
    } else {
      throw ServiceError(.invalidRequest, "PrepareReply: no field that this build knows")
    }
  }

  func fill(_ message: inout Llava__V1__PrepareReply, _ arena: Arena) {
    switch self {
    case .prepared(let prepared): message.prepared = arena.message(prepared)
    case .chunk(let chunk): message.chunk = arena.message(chunk)
    case .timings(let timings): message.timings = arena.message(EncodeTimings(timings))
    }
  }
}
