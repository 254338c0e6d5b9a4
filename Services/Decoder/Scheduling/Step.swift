/// What the model computes in one pass.
public struct Step: Equatable, Sendable {
  /// Rows of one sequence: of its prompt, or the one token after it.
  public struct Chunk: Equatable, Sendable {
    public let id: SequenceID
    public let positions: Range<Int>
    /// The sequence's blocks, from position 0 on.
    public let blocks: [Int32]
    /// Whether the last row is the last of the prompt or beyond it, so that a token comes out.
    public let yieldsToken: Bool
  }

  /// Makes a block a copy of another, before anything is computed: rows of a block that is filled differently from here on.
  public struct Copy: Equatable, Sendable {
    public let from: Int32
    public let to: Int32
  }

  public var copies: [Copy] = []
  /// One row each, of the sequences that are past their prompt.
  public var decodes: [Chunk] = []
  /// What is left of the step, in the order of arrival.
  public var prefills: [Chunk] = []
  /// Images that a sequence counted on and that have been evicted since; it waits for their features.
  public var missing: [SequenceID: [Int]] = [:]
  /// Sequences that start with this step, and the tokens whose KV they share.
  public var started: [SequenceID: Int] = [:]

  public var chunks: [Chunk] { decodes + prefills }
  public var isEmpty: Bool { decodes.isEmpty && prefills.isEmpty && missing.isEmpty }
}
