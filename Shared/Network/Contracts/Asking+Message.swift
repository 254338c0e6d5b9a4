import CMessages
import CProtobufC
import RPC
import TilePlan

/// Reads a repeated text field.
func texts(
  _ pointer: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, of name: String
) throws(ServiceError) -> [String] {
  var texts: [String] = []
  for field in scalars(pointer, count) { texts.append(try String(field, of: name)) }
  return texts
}

private struct ImageUpload: WireMessage {
  var byteCount: Int

  static var initialize: (UnsafeMutablePointer<Llava__V1__ImageUpload>?) -> Void { llava__v1__image_upload__init }

  init(byteCount: Int) { self.byteCount = byteCount }

  init(_ message: Llava__V1__ImageUpload) throws(ServiceError) { byteCount = Int(clamping: message.byte_count) }

  func fill(_ message: inout Llava__V1__ImageUpload, _ arena: Arena) { message.byte_count = UInt64(byteCount) }
}

/// Describes a piece of an image file; the bytes are the item's attachment.
struct ImageChunk: WireMessage {
  var image: Int

  static var initialize: (UnsafeMutablePointer<Llava__V1__ImageChunk>?) -> Void { llava__v1__image_chunk__init }

  init(image: Int) { self.image = image }

  init(_ message: Llava__V1__ImageChunk) throws(ServiceError) { image = Int(message.image) }

  func fill(_ message: inout Llava__V1__ImageChunk, _ arena: Arena) { message.image = UInt32(image) }
}

extension AskRequest: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__AskRequest>?) -> Void { llava__v1__ask_request__init }

  init(_ message: Llava__V1__AskRequest) throws(ServiceError) {
    guard message.has_policy == 0 || message.policy != LLAVA__V1__IMAGE_POLICY__TILES else {
      throw ServiceError(.invalidRequest, "AskRequest.policy: expected one for a single view; hd asks for tiles")
    }
    let uploads: [ImageUpload] = try values(message.images, message.n_images)
    self.init(
      model: message.has_model != 0 ? try String(message.model, of: "AskRequest.model") : nil,
      turns: try values(message.turns, message.n_turns), imageByteCounts: uploads.map(\.byteCount),
      policy: message.has_policy != 0 ? PreprocessingPolicy(message.policy) : nil,
      element: message.has_element != 0 ? FeatureElement(message.element) : .f16,
      pixels: message.has_pixels != 0 ? FeatureElement(message.pixels) : .f32,
      reference: message.has_reference != 0 ? Reference(message.reference) : nil,
      template: message.has_template_ != 0 ? try String(message.template_, of: "AskRequest.template") : nil,
      sampling: try value(message.sampling) ?? Sampling(),
      tokenLimit: message.has_token_limit != 0 ? Int(message.token_limit) : nil,
      stops: try texts(message.stops, message.n_stops, of: "AskRequest.stops"))
    (hd, hdUntrained) = (message.hd != 0, message.hd_untrained != 0)
    if message.has_hd_max_tiles != 0 { hdMaxTiles = Int(message.hd_max_tiles) }
  }

  func fill(_ message: inout Llava__V1__AskRequest, _ arena: Arena) {
    if let model { (message.has_model, message.model) = (1, arena.text(model)) }
    (message.n_turns, message.turns) = (turns.count, arena.messages(turns))
    (message.n_images, message.images) = (imageByteCounts.count, arena.messages(imageByteCounts.map(ImageUpload.init)))
    if let policy { (message.has_policy, message.policy) = (1, policy.number) }
    (message.has_element, message.element) = (1, element.number)
    (message.has_pixels, message.pixels) = (1, pixels.number)
    if let reference { (message.has_reference, message.reference) = (1, reference.number) }
    if let template { (message.has_template_, message.template_) = (1, arena.text(template)) }
    message.sampling = arena.message(sampling)
    if let tokenLimit { (message.has_token_limit, message.token_limit) = (1, UInt32(clamping: tokenLimit)) }
    (message.n_stops, message.stops) = (stops.count, arena.array(stops.map(arena.text)))
    (message.has_hd, message.hd) = (1, hd ? 1 : 0)
    (message.has_hd_untrained, message.hd_untrained) = (1, hdUntrained ? 1 : 0)
    if let hdMaxTiles { (message.has_hd_max_tiles, message.hd_max_tiles) = (1, UInt32(clamping: hdMaxTiles)) }
  }
}

extension SightReceipt: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__SightReceipt>?) -> Void { llava__v1__sight_receipt__init }

  init(_ message: Llava__V1__SightReceipt) throws(ServiceError) {
    let source = try String(message.source, of: "SightReceipt.source")
    guard let source = FeatureSource(rawValue: source) else {
      throw ServiceError(.invalidRequest, "SightReceipt: unknown source '\(source)'")
    }
    self.init(
      digest: [UInt8](message.sha256), width: Int(message.width), height: Int(message.height),
      policy: try ImagePolicy(message.policy, message.tiling), pixels: FeatureElement(message.pixels),
      element: FeatureElement(message.element), viewCount: Int(message.view_count),
      tokenCount: Int(message.token_count), featureDigest: [UInt8](message.feature_sha256), source: source,
      worker: try String(message.worker, of: "SightReceipt.worker"), grid: try value(message.grid),
      isUntrained: message.untrained != 0)
  }

  func fill(_ message: inout Llava__V1__SightReceipt, _ arena: Arena) {
    message.sha256 = arena.bytes(digest)
    message.width = UInt32(width)
    message.height = UInt32(height)
    message.policy = policy.number
    message.pixels = pixels.number
    message.element = element.number
    message.view_count = UInt32(viewCount)
    message.token_count = UInt32(tokenCount)
    message.feature_sha256 = arena.bytes(featureDigest)
    message.source = arena.text(source.rawValue)
    message.worker = arena.text(worker)
    message.tiling = arena.optional(policy.tiling)
    message.grid = arena.optional(grid)
    (message.has_untrained, message.untrained) = (1, isUntrained ? 1 : 0)
  }
}

extension AskFinished: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__AskFinished>?) -> Void { llava__v1__ask_finished__init }

  init(_ message: Llava__V1__AskFinished) throws(ServiceError) {
    guard let finished: Finished = try value(message.finished) else {
      throw ServiceError(.invalidRequest, "AskFinished: no end of the generation")
    }
    self.init(
      finished: finished, images: try values(message.images, message.n_images),
      timings: try values(message.timings, message.n_timings),
      model: try String(message.model, of: "AskFinished.model"),
      isDemonstration: message.is_demonstration != 0, decoder: try String(message.decoder, of: "AskFinished.decoder"))
  }

  func fill(_ message: inout Llava__V1__AskFinished, _ arena: Arena) {
    message.finished = arena.message(finished)
    (message.n_images, message.images) = (images.count, arena.messages(images))
    (message.n_timings, message.timings) = (timings.count, arena.messages(timings))
    message.model = arena.text(model)
    message.is_demonstration = isDemonstration ? 1 : 0
    message.decoder = arena.text(decoder)
  }
}

extension AskReply: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__AskReply>?) -> Void { llava__v1__ask_reply__init }

  init(_ message: Llava__V1__AskReply) throws(ServiceError) {
    if message.has_stage != 0 {
      self = .stage(try String(message.stage, of: "AskReply.stage"))
    } else if let token: Token = try value(message.token) {
      self = .token(token)
    } else if let finished: AskFinished = try value(message.finished) {
      self = .finished(finished)
    } else {
      throw ServiceError(.invalidRequest, "AskReply: no field that this build knows")
    }
  }

  func fill(_ message: inout Llava__V1__AskReply, _ arena: Arena) {
    switch self {
    case .stage(let stage): (message.has_stage, message.stage) = (1, arena.text(stage))
    case .token(let token): message.token = arena.message(token)
    case .finished(let finished): message.finished = arena.message(finished)
    }
  }
}
