import LanguageModel
import Numerics

/// One sequence computed by itself, its blocks in an order of its own.
struct Sequence {
  let model: LlamaModel
  let cache: KVCache
  let blocks: [Int32]
  private(set) var position = 0

  init(_ model: LlamaModel, length: Int) throws {
    self.model = model
    let count = (length + KVCache.blockTokenCount - 1) / KVCache.blockTokenCount
    cache = try KVCache(shape: model.cacheShape, blockCount: count + 1)
    blocks = (0..<Int32(count)).reversed().map { $0 + 1 }
  }

  /// The logits of the rows asked for, `[rows, vocabulary]`.
  mutating func step(_ inputs: [SequenceChunk.Input], logits: SequenceChunk.Logits = .last) -> [Float] {
    let chunk = SequenceChunk(inputs, at: position, blocks: blocks, logits: logits)
    position += chunk.rowCount
    return model.forward([chunk], cache: cache)[0]
  }

  /// Greedy tokens below `limit` after `logits`, until `end` or `count` of them; a token among the last `guarded` is
  /// not chosen again.
  mutating func greedy(after logits: [Float], below limit: Int, end: Int32?, count: Int, guarded: Int = 0) -> [Int32] {
    var tokens: [Int32] = []
    var logits = logits
    while true {
      let recent = tokens.suffix(guarded)
      let token = (0..<Int32(limit)).filter { !recent.contains($0) }.max { logits[Int($0)] < logits[Int($1)] }!
      if token == end { return tokens }
      tokens.append(token)
      if tokens.count == count { return tokens }
      logits = step([.tokens([token])])
    }
  }
}

/// The rows of a prompt, one input each, so that a test can cut them anywhere.
func rows(of ids: [Int32], image: Int32, features: Tensor) -> [SequenceChunk.Input] {
  ids.flatMap { id -> [SequenceChunk.Input] in
    id == image ? (0..<features.rows).map { .rows(features[rows: $0..<$0 + 1]) } : [.tokens([id])]
  }
}
