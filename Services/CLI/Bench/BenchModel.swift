import Checkpoint
import Contracts
import Decoder
import LanguageModel
import Launch
import Numerics
import VisionModel

/// The model under measurement: all three parts in one process, made as the workers make theirs.
///
/// Everything that depends on how models are made is in this file.
struct BenchModel: GenerativeModel {
  let checkpoint: Checkpoint
  let weights: Precision
  let towerWeights: Precision
  let compute: Compute
  let tower: VisionTower
  let blockCount: Int
  private let projector: Projector
  private let llama: LlamaModel
  let cache: KVCache

  /// Opens the files, looks at every number, makes the models, and takes the memory of all KV blocks, so that the peak
  /// counts them.
  init(
    _ paths: ModelPaths, weights: Precision, towerWeights: Precision, blockCount: Int, on compute: Compute
  ) throws {
    checkpoint = try Checkpoint(paths)
    self.weights = weights
    self.towerWeights = towerWeights
    self.compute = compute
    self.blockCount = blockCount
    try checkpoint.checkNumbers(of: Set(ModelPart.allCases), on: compute)
    tower = try VisionTower(checkpoint, precision: towerWeights, on: compute)
    projector = try Projector(checkpoint, precision: weights, on: compute)
    llama = try LlamaModel(checkpoint, precision: weights, on: compute)
    cache = try KVCache(shape: llama.cacheShape, blockCount: blockCount)
    for block in 1..<Int32(blockCount) { cache.copy(0, to: block) }
  }

  /// Pictures are measured as one view.
  var rowEnd: Tensor? { nil }
  var vocabularySize: Int { llama.vocabularySize }
  var contextLength: Int { llama.contextLength }
  var kvByteCount: Int { blockCount * llama.cacheShape.blockByteCount }
  var kvByteCountPerToken: Int { llama.cacheShape.blockByteCount / KVCache.blockTokenCount }

  func project(_ features: Tensor) -> Tensor { projector(features) }

  func project(_ view: ViewFeatures) -> Tensor {
    project(
      Tensor(
        decoding: view.bytes.span.bytes, as: view.element == .f16 ? .f16 : .f32, rows: view.tokenCount,
        columns: view.width, on: compute))
  }

  func forward(_ chunks: [SequenceChunk]) -> [[Float]] { llama.forward(chunks, cache: cache) }
}
