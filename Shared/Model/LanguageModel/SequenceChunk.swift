public import Numerics

/// What one pass computes of one sequence: a part of its prompt, or its next token.
public struct SequenceChunk: Sendable {
  /// Consecutive rows of the sequence.
  public enum Input: Sendable {
    /// Ids below the vocabulary's size.
    case tokens([Int32])
    /// Projected features `[rows, hidden]`.
    case rows(Tensor)

    var rowCount: Int {
      switch self {
      case .tokens(let ids): ids.count
      case .rows(let rows): rows.rows
      }
    }
  }

  /// After which of the rows the next token is asked for.
  public enum Logits: Sendable {
    case none
    case last
    case all
  }

  public var inputs: [Input]
  /// The position of the first row; those before it are in the cache.
  public var firstPosition: Int
  /// The cache blocks of the sequence from position 0 on, reaching the last row at least.
  public var blocks: [Int32]
  public var logits: Logits

  public init(_ inputs: [Input], at firstPosition: Int, blocks: [Int32], logits: Logits) {
    self.inputs = inputs
    self.firstPosition = firstPosition
    self.blocks = blocks
    self.logits = logits
  }

  public var rowCount: Int { inputs.reduce(0) { $0 + $1.rowCount } }

  /// Which of its own rows logits are wanted for.
  var wantedRows: Range<Int> {
    switch logits {
    case .none: 0..<0
    case .last: max(0, rowCount - 1)..<rowCount
    case .all: 0..<rowCount
    }
  }
}
