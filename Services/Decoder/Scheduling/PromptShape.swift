/// Everything before a point in a prompt, as 256 bits: a chain hash of its tokens and its images' keys, together with
/// all that the cached rows depend on (model, projector, type of the cache). Equal keys mean equal rows.
public struct PrefixKey: Hashable, Sendable {
  private let words: SIMD4<UInt64>

  public init(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
    words = SIMD4(first, second, third, fourth)
  }

  /// Its 256 bits, highest first.
  public var bytes: [UInt8] {
    (0..<4).flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: words[word] >> (56 - 8 * $0)) } }
  }
}

/// A point in a prompt at which another prompt may part from it, and the key of what lies before.
public struct PrefixBoundary: Hashable, Sendable {
  /// Tokens before the boundary.
  public let tokenCount: Int
  public let key: PrefixKey

  public init(tokenCount: Int, key: PrefixKey) {
    self.tokenCount = tokenCount
    self.key = key
  }
}

/// What the scheduler knows of a prompt: lengths and keys, no tokens.
public struct PromptShape: Equatable, Sendable {
  /// Tokens of the prompt, those of its images included; at least 1.
  public let tokenCount: Int
  /// Ascending by `tokenCount`. Holds every whole number of blocks up to the prompt's end, and every image's end.
  public let boundaries: [PrefixBoundary]
  /// The tokens of each image, ascending and apart.
  public let images: [Range<Int>]
  /// Tokens that may be generated at most; at least 1.
  public let maximumTokenCount: Int

  public init(tokenCount: Int, boundaries: [PrefixBoundary], images: [Range<Int>], maximumTokenCount: Int) {
    precondition(tokenCount > 0, "tokenCount: expected at least 1, found \(tokenCount)")
    precondition(maximumTokenCount > 0, "maximumTokenCount: expected at least 1, found \(maximumTokenCount)")
    var end = 0
    for boundary in boundaries {
      precondition(
        boundary.tokenCount > end && boundary.tokenCount <= tokenCount,
        "boundary at \(boundary.tokenCount): expected more than \(end) and at most \(tokenCount)")
      end = boundary.tokenCount
    }
    end = 0
    for image in images {
      precondition(
        image.lowerBound >= end && !image.isEmpty && image.upperBound <= tokenCount,
        "image at \(image): expected tokens of \(end)..<\(tokenCount)")
      end = image.upperBound
    }
    self.tokenCount = tokenCount
    self.boundaries = boundaries
    self.images = images
    self.maximumTokenCount = maximumTokenCount
  }

  /// The images that reach beyond the first `sharedTokenCount` tokens, whose rows have to be computed.
  func images(beyond sharedTokenCount: Int) -> [Int] {
    images.indices.filter { images[$0].upperBound > sharedTokenCount }
  }
}
