/// Something that comes from outside as bytes, and what reads it.
///
/// Reading ends in one of two ways: the bytes are an error by name, or they are read, and what was read holds what it
/// promises. Anything else ends the program.
public enum FuzzTarget: String, CaseIterable, Sendable {
  // What models are stored as.
  case safetensors, torch, gguf
  // What peers and stores send.
  case frames, messages, replies
  // What people send, and write.
  case headers, images, configurations

  public func read(_ input: [UInt8]) {
    switch self {
    case .safetensors, .torch, .gguf: FuzzedWeights.read(input, as: self)
    case .frames: FuzzedFrames.read(input)
    case .messages: FuzzedMessages.read(input)
    case .replies: FuzzedReplies.read(input)
    case .headers: FuzzedImages.readHeader(input)
    case .images: FuzzedImages.read(input)
    case .configurations: FuzzedConfigurations.read(input)
    }
  }
}
