import Checkpoint
import Contracts
import Tokenizer

/// What the simulated model can say, and when.
struct Voice: Sendable {
  let vocabularySize: Int
  let contextLength: Int
  let endOfSequence: Int32
  /// Few, so that answers repeat themselves and drafts are made.
  let tokens: [Int32]

  private static let tokenCount: Int32 = 3
  static let rowEndCode = Chain.code(ofFeatures: "row end".utf8)

  init(_ checkpoint: Checkpoint, _ tokenizer: Tokenizer) {
    vocabularySize = checkpoint.configuration.language.vocabularySize
    contextLength = checkpoint.configuration.language.contextLength
    endOfSequence = Int32(checkpoint.configuration.endOfSequenceIDs[0])
    let last = Int32(tokenizer.vocabularySize) - 1
    tokens = Array(last - Self.tokenCount + 1...last)
  }

  /// The token after rows of this digest.
  func token(after digest: UInt64) -> Int32 {
    Chain.choice(after: digest, among: tokens.count).map { tokens[$0] } ?? endOfSequence
  }

  /// `[vocabulary]`, of which that token has the largest.
  func logits(after digest: UInt64) -> [Float] {
    var logits = [Float](repeating: 0, count: vocabularySize)
    logits[Int(token(after: digest))] = 1
    return logits
  }

  /// A code for each row of a view's features.
  static func codes(of view: ViewFeatures) -> [UInt64] {
    let rowByteCount = view.bytes.count / view.tokenCount
    return (0..<view.tokenCount).map { Chain.code(ofFeatures: view.bytes[$0 * rowByteCount..<($0 + 1) * rowByteCount]) }
  }
}
