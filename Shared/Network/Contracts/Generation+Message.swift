import CMessages
import RPC
import TilePlan

extension ImageReference: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__ImageReference>?) -> Void { llava__v1__image_reference__init }

  init(_ message: Llava__V1__ImageReference) throws(ServiceError) {
    let size = ImageSize(width: Int(message.width), height: Int(message.height))
    // As large as a header can say: sizes beyond would overflow a plan.
    guard size.shortSide >= 1, size.longSide <= Int(Int32.max) else {
      throw ServiceError(.invalidRequest, "ImageReference: expected 1 to \(Int32.max) pixels a side, found \(size)")
    }
    self.init(
      key: [UInt8](message.key), viewCount: Int(message.view_count), size: size,
      policy: try ImagePolicy(message.policy, message.tiling))
  }

  func fill(_ message: inout Llava__V1__ImageReference, _ arena: Arena) {
    message.key = arena.bytes(key)
    message.view_count = UInt32(viewCount)
    (message.width, message.height) = (UInt32(size.width), UInt32(size.height))
    message.policy = policy.number
    message.tiling = arena.optional(policy.tiling)
  }
}

extension GenerateRequest: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__GenerateRequest>?) -> Void {
    llava__v1__generate_request__init
  }

  init(_ message: Llava__V1__GenerateRequest) throws(ServiceError) {
    self.init(
      turns: try values(message.turns, message.n_turns), images: try values(message.images, message.n_images),
      sampling: try value(message.sampling) ?? Sampling(), tokenLimit: Int(message.token_limit),
      stops: try texts(message.stops, message.n_stops, of: "GenerateRequest.stops"),
      reference: message.has_reference != 0 ? Reference(message.reference) : nil,
      template: message.has_template_ != 0 ? try String(message.template_, of: "GenerateRequest.template") : nil,
      salt: message.has_salt != 0 ? [UInt8](message.salt) : [],
      spoken: scalars(message.spoken, message.n_spoken).map { Int32(clamping: $0) })
  }

  func fill(_ message: inout Llava__V1__GenerateRequest, _ arena: Arena) {
    (message.n_turns, message.turns) = (turns.count, arena.messages(turns))
    (message.n_images, message.images) = (images.count, arena.messages(images))
    message.sampling = arena.message(sampling)
    message.token_limit = UInt32(clamping: tokenLimit)
    (message.n_stops, message.stops) = (stops.count, arena.array(stops.map(arena.text)))
    if let reference { (message.has_reference, message.reference) = (1, reference.number) }
    if let template { (message.has_template_, message.template_) = (1, arena.text(template)) }
    if !salt.isEmpty { (message.has_salt, message.salt) = (1, arena.bytes(salt)) }
    (message.n_spoken, message.spoken) = (spoken.count, arena.array(spoken.map { UInt32($0) }))
  }
}

extension Token: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__Token>?) -> Void { llava__v1__token__init }

  init(_ message: Llava__V1__Token) throws(ServiceError) {
    self.init(
      index: Int(message.index), id: Int32(clamping: message.id), text: try String(message.text, of: "Token.text"),
      logprob: message.has_logprob != 0 ? message.logprob : nil,
      alternatives: try values(message.alternatives, message.n_alternatives))
  }

  func fill(_ message: inout Llava__V1__Token, _ arena: Arena) {
    message.index = UInt32(index)
    message.id = UInt32(id)
    message.text = arena.text(text)
    if let logprob { (message.has_logprob, message.logprob) = (1, logprob) }
    (message.n_alternatives, message.alternatives) = (alternatives.count, arena.messages(alternatives))
  }
}

extension Token.Alternative: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__Alternative>?) -> Void { llava__v1__alternative__init }

  init(_ message: Llava__V1__Alternative) throws(ServiceError) {
    self.init(id: Int32(clamping: message.token), logprob: message.logprob)
  }

  func fill(_ message: inout Llava__V1__Alternative, _ arena: Arena) {
    message.token = UInt32(id)
    message.logprob = logprob
  }
}

extension Usage: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__Usage>?) -> Void { llava__v1__usage__init }

  init(_ message: Llava__V1__Usage) throws(ServiceError) {
    self.init(
      promptTokens: Int(message.prompt_tokens), cachedTokens: Int(message.cached_tokens),
      imageTokens: Int(message.image_tokens), completionTokens: Int(message.completion_tokens))
  }

  func fill(_ message: inout Llava__V1__Usage, _ arena: Arena) {
    message.prompt_tokens = UInt32(promptTokens)
    message.cached_tokens = UInt32(cachedTokens)
    message.image_tokens = UInt32(imageTokens)
    message.completion_tokens = UInt32(completionTokens)
  }
}

extension Finished: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__Finished>?) -> Void { llava__v1__finished__init }

  init(_ message: Llava__V1__Finished) throws(ServiceError) {
    guard let reason = FinishReason(rawValue: message.reason.rawValue), let usage: Usage = try value(message.usage)
    else {
      throw ServiceError(.invalidRequest, "Finished: unknown reason \(message.reason.rawValue)")
    }
    self.init(
      reason: reason, usage: usage, timings: try values(message.timings, message.n_timings),
      text: try String(message.text, of: "Finished.text"), reference: Reference(message.reference),
      template: try String(message.template_, of: "Finished.template"))
  }

  func fill(_ message: inout Llava__V1__Finished, _ arena: Arena) {
    message.reason = Llava__V1__FinishReason(reason.rawValue)
    message.usage = arena.message(usage)
    (message.n_timings, message.timings) = (timings.count, arena.messages(timings))
    message.text = arena.text(text)
    message.reference = reference.number
    message.template_ = arena.text(template)
  }
}

private struct Need: WireMessage {
  var images: [Int]

  static var initialize: (UnsafeMutablePointer<Llava__V1__Need>?) -> Void { llava__v1__need__init }

  init(_ images: [Int]) { self.images = images }

  init(_ message: Llava__V1__Need) throws(ServiceError) {
    images = scalars(message.images, message.n_images).map { Int($0) }
  }

  func fill(_ message: inout Llava__V1__Need, _ arena: Arena) {
    (message.n_images, message.images) = (images.count, arena.array(images.map { UInt32($0) }))
  }
}

extension GenerateReply: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__GenerateReply>?) -> Void { llava__v1__generate_reply__init }

  init(_ message: Llava__V1__GenerateReply) throws(ServiceError) {
    if let need: Need = try value(message.need) {
      self = .need(need.images)
    } else if let token: Token = try value(message.token) {
      self = .token(token)
    } else if let finished: Finished = try value(message.finished) {
      self = .finished(finished)
    } else {
      throw ServiceError(.invalidRequest, "GenerateReply: no field that this build knows")
    }
  }

  func fill(_ message: inout Llava__V1__GenerateReply, _ arena: Arena) {
    switch self {
    case .need(let images): message.need = arena.message(Need(images))
    case .token(let token): message.token = arena.message(token)
    case .finished(let finished): message.finished = arena.message(finished)
    }
  }
}
