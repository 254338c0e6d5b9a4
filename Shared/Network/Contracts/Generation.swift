import CMessages
import RPC
public import TilePlan

/// What a decoder needs to know of an image before it has its features.
public struct ImageReference: Hashable, Sendable {
  /// SHA-256 over the file's digest, the policy, the feature contract and the tower's fingerprint; 32 bytes.
  public var key: [UInt8]
  /// What the decoder's own plan must come to.
  public var viewCount: Int
  public var size: ImageSize
  public var policy: ImagePolicy

  public init(key: [UInt8], viewCount: Int, size: ImageSize, policy: ImagePolicy) {
    self.key = key
    self.viewCount = viewCount
    self.size = size
    self.policy = policy
  }
}

/// Asks a decoder to go on with a conversation.
public struct GenerateRequest: Hashable, Sendable {
  public var turns: [Turn]
  public var images: [ImageReference]
  public var sampling: Sampling
  public var tokenLimit: Int
  public var stops: [String]
  /// Nothing: the decoder's own.
  public var reference: Reference?
  /// A prompt template by its name; nothing: the model's.
  public var template: String?
  /// What was computed is shared with requests of the same salt only.
  public var salt: [UInt8]
  /// Tokens of the answer that its client has already, of a decoder that was lost: the answer goes on after them.
  public var spoken: [Int32]

  /// Tokens of an answer at most, where a request does not say how many.
  public static let defaultTokenLimit = 512

  public init(
    turns: [Turn], images: [ImageReference], sampling: Sampling, tokenLimit: Int, stops: [String],
    reference: Reference? = nil, template: String? = nil, salt: [UInt8] = [],
    spoken: [Int32] = []
  ) {
    self.turns = turns
    self.images = images
    self.sampling = sampling
    self.tokenLimit = tokenLimit
    self.stops = stops
    self.reference = reference
    self.template = template
    self.salt = salt
    self.spoken = spoken
  }
}

/// A token of the answer.
public struct Token: Equatable, Sendable {
  public struct Alternative: Equatable, Sendable {
    public var id: Int32
    public var logprob: Float

    public init(id: Int32, logprob: Float) {
      self.id = id
      self.logprob = logprob
    }
  }

  /// From 0, without a gap or a repeat.
  public var index: Int
  public var id: Int32
  /// What may be shown now: whole characters, and nothing that could still become a stop string.
  public var text: String
  public var logprob: Float?
  public var alternatives: [Alternative]

  public init(index: Int, id: Int32, text: String, logprob: Float? = nil, alternatives: [Alternative] = []) {
    self.index = index
    self.id = id
    self.text = text
    self.logprob = logprob
    self.alternatives = alternatives
  }
}

public enum FinishReason: UInt32, Sendable, CaseIterable {
  case endOfSequence = 1, stopString, tokenLimit

  /// The name that users see.
  public var name: String {
    switch self {
    case .endOfSequence: "end_of_sequence"
    case .stopString: "stop_string"
    case .tokenLimit: "token_limit"
    }
  }
}

public struct Usage: Equatable, Sendable {
  public var promptTokens: Int
  /// Of the prompt, those whose KV was already there.
  public var cachedTokens: Int
  public var imageTokens: Int
  public var completionTokens: Int

  public init(promptTokens: Int, cachedTokens: Int, imageTokens: Int, completionTokens: Int) {
    self.promptTokens = promptTokens
    self.cachedTokens = cachedTokens
    self.imageTokens = imageTokens
    self.completionTokens = completionTokens
  }
}

/// The end of a generation.
public struct Finished: Equatable, Sendable {
  public var reason: FinishReason
  public var usage: Usage
  public var timings: [Timing]
  /// Text that was held back and turned out to be no stop string.
  public var text: String
  /// What the prompt was made as.
  public var reference: Reference
  public var template: String

  public init(
    reason: FinishReason, usage: Usage, timings: [Timing], text: String, reference: Reference, template: String
  ) {
    self.reason = reason
    self.usage = usage
    self.timings = timings
    self.text = text
    self.reference = reference
    self.template = template
  }
}

/// One item of a GENERATE answer.
public enum GenerateReply: Equatable, Sendable {
  /// The images whose features are not known here; empty says that all are.
  case need([Int])
  case token(Token)
  case finished(Finished)
}
