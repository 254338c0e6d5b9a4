import Checkpoint
import LanguageModel
import Launch
import Numerics

/// The golden prompt as the random-weight model reads it, by itself and from its first row on.
struct GoldenSequence {
  /// Stands for the picture's rows; ids from here on are never said.
  private static let imageID: Int32 = 300
  /// A token of the golden answer is none of this many before it, so that a model that is stuck is seen.
  private static let guardedCount = 8
  /// Room for the 599 positions of the golden logits.
  private static let blockCount = 40

  private let image: Tensor
  private let model: LlamaModel
  private let cache: KVCache
  private(set) var position = 0

  init(_ checkpoint: Checkpoint, seeing image: Tensor, on compute: Compute) throws {
    self.image = image
    model = try LlamaModel(checkpoint, on: compute)
    cache = try KVCache(shape: model.cacheShape, blockCount: Self.blockCount)
  }

  /// Reads on, and gives the logits that are asked for. Throws where a damaged golden set asks for what does not fit.
  mutating func read(_ ids: [Int32], logits: SequenceChunk.Logits) throws -> [Float] {
    let chunk = SequenceChunk(
      ids.map { $0 == Self.imageID ? .rows(image) : .tokens([$0]) }, at: position,
      blocks: Array(0..<Int32(Self.blockCount)), logits: logits)
    let end = position + chunk.rowCount
    guard ids.allSatisfy({ (0..<Int32(model.vocabularySize)).contains($0) }),
      end <= min(Self.blockCount * KVCache.blockTokenCount, model.contextLength)
    else { throw LaunchError(.file, "the golden prompt of \(end) positions is not one of the golden model") }
    position = end
    return model.forward([chunk], cache: cache)[0]
  }

  /// The best tokens after `logits`.
  mutating func greedy(after logits: [Float], count: Int) throws -> [Int32] {
    var tokens: [Int32] = []
    var logits = logits
    while tokens.count < count {
      let recent = tokens.suffix(Self.guardedCount)
      let candidates = (0..<min(Self.imageID, Int32(logits.count))).filter { !recent.contains($0) }
      guard let token = candidates.max(by: { logits[Int($0)] < logits[Int($1)] }) else { break }
      tokens.append(token)
      if tokens.count < count { logits = try read([token], logits: .last) }
    }
    return tokens
  }
}
