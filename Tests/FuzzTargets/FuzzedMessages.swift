@testable import Contracts

/// Protobuf messages: the first byte says of which kind, the rest is the message.
enum FuzzedMessages {
  // Sound: read only.
  nonisolated(unsafe) private static let readers: [([UInt8]) -> Void] = [
    reader(of: Hello.self), reader(of: AskRequest.self), reader(of: AskReply.self), reader(of: GenerateRequest.self),
    reader(of: GenerateReply.self), reader(of: EncodeRequest.self), reader(of: EncodeReply.self),
    reader(of: PrepareRequest.self), reader(of: PrepareReply.self), reader(of: EncodeViewRequest.self),
    reader(of: HealthReply.self), reader(of: StatusReply.self), reader(of: ModelCard.self),
    reader(of: ImageChunk.self), reader(of: FeatureChunk.self),
    reader(of: DrainRequest.self), reader(of: DrainReply.self), reader(of: ReloadReply.self),
    reader(of: ScaleRequest.self), reader(of: ScaleReply.self), reader(of: TraceRequest.self),
    reader(of: TraceReply.self),
  ]

  static func read(_ input: [UInt8]) {
    guard let first = input.first else { return }
    readers[Int(first) % readers.count](Array(input.dropFirst()))
  }

  /// What could be read is written so that it is read as the same.
  private static func reader<Message: WireMessage>(of kind: Message.Type) -> ([UInt8]) -> Void {
    { bytes in
      guard let message = try? Message(decoding: bytes) else { return }
      let written = message.encoded
      guard let again = try? Message(decoding: written) else {
        preconditionFailure("\(kind): what was written cannot be read")
      }
      precondition(again.encoded == written, "\(kind): what was written is read as something else")
    }
  }
}
