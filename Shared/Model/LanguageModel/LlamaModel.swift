public import Checkpoint
public import Numerics

/// LLaMA: rows of several sequences in, logits out.
///
/// Row-invariant from end to end: a row's logits are the same bits whether its prompt was computed at once, in
/// chunks or token by token, whatever blocks hold it and whatever else is in the pass.
public struct LlamaModel: Sendable {
  public let vocabularySize: Int
  /// Positions that one sequence may have.
  public let contextLength: Int
  public let cacheShape: KVCache.Shape

  private let embedding: EmbeddingTable
  private let rotary: RotaryEmbedding
  private let layers: [DecoderLayer]
  private let norm: RMSNorm
  private let head: Linear
  /// Heads of queries that share a head of keys.
  private let queriesPerKey: Int

  /// Packs the weights as `precision` has them. Throws where one is missing or misshapen.
  public init(
    _ checkpoint: Checkpoint, precision: Precision = .fp32, on compute: Compute
  ) throws(CheckpointError) {
    let preparation = Preparation(precision, on: compute)
    let configuration = checkpoint.configuration.language
    let weights = checkpoint.languageModel
    embedding = try EmbeddingTable(weights["embed_tokens"], configuration, on: compute)
    rotary = RotaryEmbedding(headWidth: configuration.headSize, theta: Float(configuration.ropeTheta))
    var layers: [DecoderLayer] = []
    for index in 0..<configuration.layerCount {
      layers.append(try DecoderLayer(weights["layers.\(index)"], index, configuration, preparation))
    }
    self.layers = layers
    norm = try RMSNorm(weights["norm"], configuration)
    head = try Linear(
      configuration.tiesEmbeddings ? weights["embed_tokens"] : checkpoint.root["lm_head"],
      inputs: configuration.hiddenSize, outputs: configuration.vocabularySize, in: .head, preparation)
    vocabularySize = configuration.vocabularySize
    contextLength = configuration.contextLength
    cacheShape = KVCache.Shape(
      layerCount: configuration.layerCount, headCount: configuration.keyValueHeadCount,
      headWidth: configuration.headSize, element: precision.cacheElement)
    queriesPerKey = configuration.headCount / configuration.keyValueHeadCount
  }

  /// Computes all chunks in one pass and writes their keys and values to the cache. Of one sequence there is at most
  /// one chunk.
  ///
  /// The result has one array for each chunk: the logits `[rows asked for, vocabularySize]`, row by row.
  public func forward(_ chunks: [SequenceChunk], cache: KVCache) -> [[Float]] {
    precondition(cache.shape == cacheShape, "a cache of \(cache.shape) for a model of \(cacheShape)")
    var placement = RowPlacement()
    var wanted: [Int] = []
    for chunk in chunks {
      let end = chunk.firstPosition + chunk.rowCount
      precondition(end <= contextLength, "\(end) positions, the context has \(contextLength)")
      wanted += chunk.wantedRows.map { placement.rowCount + $0 }
      placement.append(chunk.firstPosition..<end, table: chunk.blocks)
    }
    guard placement.rowCount > 0 else { return chunks.map { _ in [] } }

    var x = embedding(chunks.flatMap(\.inputs))
    let pass = Pass(
      placement: placement, groups: RowGroups(placement, queriesPerRow: queriesPerKey),
      rotate: rotary.rotation(at: placement, on: x.compute), cache: cache)
    for layer in layers { x = layer(x, in: pass) }
    guard !wanted.isEmpty else { return chunks.map { _ in [] } }

    let logits = head(norm(x.gathering(rows: wanted)))
    var row = 0
    return chunks.map { chunk in
      defer { row += chunk.wantedRows.count }
      return logits[rows: row..<row + chunk.wantedRows.count].values
    }
  }
}
