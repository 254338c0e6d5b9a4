import CMessages
import RPC

/// A piece of a turn. Images are placed by parts; `<image>` in a text is text.
public enum Part: Hashable, Sendable {
  case text(String)
  /// Index into the request's images.
  case image(Int)
}

public enum Speaker: UInt32, Sendable { case user = 1, assistant }

public struct Turn: Hashable, Sendable {
  public var speaker: Speaker
  public var parts: [Part]

  public init(_ speaker: Speaker, _ parts: [Part]) {
    self.speaker = speaker
    self.parts = parts
  }
}

extension Part: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__Part>?) -> Void { llava__v1__part__init }

  init(_ message: Llava__V1__Part) throws(ServiceError) {
    if message.has_image != 0 {
      self = .image(Int(message.image))
    } else if message.has_text != 0 {
      self = .text(try String(message.text, of: "Part.text"))
    } else {
      throw ServiceError(.invalidRequest, "Part: expected a text or an image, found neither")
    }
  }

  func fill(_ message: inout Llava__V1__Part, _ arena: Arena) {
    switch self {
    case .text(let text): (message.has_text, message.text) = (1, arena.text(text))
    case .image(let index): (message.has_image, message.image) = (1, UInt32(index))
    }
  }
}

extension Turn: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__Turn>?) -> Void { llava__v1__turn__init }

  init(_ message: Llava__V1__Turn) throws(ServiceError) {
    guard let speaker = Speaker(rawValue: message.speaker.rawValue) else {
      throw ServiceError(.invalidRequest, "Turn: unknown speaker \(message.speaker.rawValue)")
    }
    self.init(speaker, try values(message.parts, message.n_parts))
  }

  func fill(_ message: inout Llava__V1__Turn, _ arena: Arena) {
    message.speaker = Llava__V1__Speaker(speaker.rawValue)
    (message.n_parts, message.parts) = (parts.count, arena.messages(parts))
  }
}
