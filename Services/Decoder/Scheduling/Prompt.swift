/// Names a sequence for as long as it lives.
public struct SequenceID: Hashable, Comparable, Sendable {
  public let number: Int

  public init(_ number: Int) { self.number = number }

  public static func < (left: SequenceID, right: SequenceID) -> Bool { left.number < right.number }
}

/// What all tokens up to a point are: 256 bits, a chain hash that the caller computes.
public struct PrefixKey: Hashable, Sendable {
  private let first: UInt64
  private let second: UInt64
  private let third: UInt64
  private let fourth: UInt64

  public init(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
    self.first = first
    self.second = second
    self.third = third
    self.fourth = fourth
  }
}

/// A place in a prompt up to which its KV can be shared.
public struct PrefixBoundary: Equatable, Sendable {
  /// Tokens before it.
  public let tokenCount: Int
  public let key: PrefixKey

  public init(tokenCount: Int, key: PrefixKey) {
    self.tokenCount = tokenCount
    self.key = key
  }
}

/// What the scheduler needs to know of a prompt.
public struct PromptShape: Equatable, Sendable {
  public let tokenCount: Int
  /// Ascending: every multiple of a block's tokens, and each image's end.
  public let boundaries: [PrefixBoundary]
  /// Where the images stand.
  public let images: [Range<Int>]
  /// Tokens that may be generated.
  public let maximumTokenCount: Int

  public init(tokenCount: Int, boundaries: [PrefixBoundary], images: [Range<Int>], maximumTokenCount: Int) {
    precondition(tokenCount > 0 && maximumTokenCount > 0, "\(tokenCount) tokens and \(maximumTokenCount) more")
    self.tokenCount = tokenCount
    self.boundaries = boundaries
    self.images = images
    self.maximumTokenCount = maximumTokenCount
  }
}
