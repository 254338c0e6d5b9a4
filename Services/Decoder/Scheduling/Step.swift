/// Names a sequence from its arrival until it is finished.
public struct SequenceID: Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt64

  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  public var description: String { "sequence \(rawValue)" }
}

/// One forward pass: first all `copies` in their order, then `decodes` and `prefills` as one batch.
///
/// The copies come first because a block that is copied from may be given to another sequence within the same step.
public struct Step: Equatable, Sendable {
  /// First rows of a block that another prompt shares in part.
  public var copies: [Copy] = []
  /// The next token of each running sequence that is past its prompt, and those drafted after it, in the order they
  /// started.
  public var decodes: [Chunk] = []
  /// Parts of prompts, in the order they started.
  public var prefills: [Chunk] = []
  /// Waiting sequences that counted on a prefix which is gone: their images are needed after all.
  public var missing: [MissingImages] = []

  public init(
    copies: [Copy] = [], decodes: [Chunk] = [], prefills: [Chunk] = [], missing: [MissingImages] = []
  ) {
    self.copies = copies
    self.decodes = decodes
    self.prefills = prefills
    self.missing = missing
  }

  /// Whether there is nothing to compute. `missing` may still ask for images.
  public var isEmpty: Bool { decodes.isEmpty && prefills.isEmpty }

  /// Tokens that the step computes.
  public var tokenCount: Int { (decodes + prefills).reduce(0) { $0 + $1.positions.count } }
}

/// Consecutive tokens of one sequence, and where their rows go.
public struct Chunk: Equatable, Sendable {
  public let id: SequenceID
  /// Positions to compute. The first token of a decode is the one that was sampled last, and all others are drafted.
  public let positions: Range<Int>
  /// The sequence's whole block table: the rows of position `p` are row `p % blockTokenCount` of
  /// `blocks[p / blockTokenCount]`.
  public let blocks: [Int]
  /// Whether a token is sampled from the last position: true of decodes and of a prompt's last chunk.
  public let needsLogits: Bool
  /// Tokens at the end that are drafted: a token is sampled from each position that is before or at one of them, and
  /// the rows after the first that was drafted wrong do not count.
  public let draftedTokenCount: Int

  public init(
    _ id: SequenceID, _ positions: Range<Int>, blocks: [Int], needsLogits: Bool, draftedTokenCount: Int = 0
  ) {
    self.id = id
    self.positions = positions
    self.blocks = blocks
    self.needsLogits = needsLogits
    self.draftedTokenCount = draftedTokenCount
  }
}

/// Copies the first `tokenCount` rows of one block, in every layer, to another.
public struct Copy: Equatable, Sendable {
  public let source: Int
  public let destination: Int
  public let tokenCount: Int

  public init(from source: Int, to destination: Int, tokenCount: Int) {
    self.source = source
    self.destination = destination
    self.tokenCount = tokenCount
  }
}

/// A waiting sequence and the indexes of its images that have to be fetched or encoded.
public struct MissingImages: Equatable, Sendable {
  public let id: SequenceID
  public let images: [Int]

  public init(_ id: SequenceID, _ images: [Int]) {
    self.id = id
    self.images = images
  }
}
