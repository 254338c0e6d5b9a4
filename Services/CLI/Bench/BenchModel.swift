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
  let weights: ServedWeights
  let towerWeights: ServedWeights
  let compute: Compute
  let tower: VisionTower
  let blockCount: Int
  private let projector: Projector
  private let llama: LlamaModel
  private let cache: KVCache

  /// Opens the files, makes the models, looks at every number, and takes the memory of all KV blocks, so that the peak
  /// counts them.
  init(
    _ paths: ModelPaths, weights: ServedWeights, towerWeights: ServedWeights, blockCount: Int, on compute: Compute
  ) throws {
    checkpoint = try Checkpoint(paths)
    self.weights = weights
    self.towerWeights = towerWeights
    self.compute = compute
    self.blockCount = blockCount
    tower = try VisionTower(checkpoint, precision: towerWeights.precision, on: compute)
    projector = try Projector(checkpoint, precision: weights.precision, on: compute)
    llama = try LlamaModel(checkpoint, precision: weights.precision, on: compute)
    try checkpoint.checkNumbers(of: Set(ModelPart.allCases), on: compute)
    cache = try KVCache(shape: llama.cacheShape, blockCount: blockCount)
    for block in 1..<Int32(blockCount) { cache.copy(0, to: block) }
  }

  var vocabularySize: Int { llama.vocabularySize }
  var contextLength: Int { llama.contextLength }
  var kvByteCount: Int { blockCount * llama.cacheShape.blockByteCount }
  var kvByteCountPerToken: Int { llama.cacheShape.blockByteCount / KVCache.blockTokenCount }

  func project(_ features: Tensor) -> Tensor { projector(features) }

  func project(_ views: [ViewFeatures]) -> Tensor {
    project(
      Tensor(
        stacking: views.map { view in
          Tensor(
            decoding: view.bytes.span.bytes, as: view.element == .f16 ? .f16 : .f32, rows: view.tokenCount,
            columns: view.width, on: compute)
        }))
  }

  func forward(_ chunks: [SequenceChunk]) -> [[Float]] { llama.forward(chunks, cache: cache) }

  func copy(block: Int32, to target: Int32) { cache.copy(block, to: target) }
}

/// `--weights`: in which numbers a model is served.
struct ServedWeights: SettingValue, Equatable, Sendable {
  let precision: Precision

  static let automatic = ServedWeights(precision: .fp32)

  private init(precision: Precision) { self.precision = precision }

  static var expectation: String { "one of \(Precision.allCases.map(\.rawValue).joined(separator: ", "))" }
  init?(setting text: String) {
    guard let precision = Precision(rawValue: text) else { return nil }
    self.precision = precision
  }
  var settingText: String { precision.rawValue }

  /// Attention in the tower.
  var towerAttention: Arithmetic { precision == .fp32 ? .fp32 : .bf16 }
  /// Attention in the language model.
  var attention: Arithmetic { .fp32 }

  /// How a matrix is served: what its products are made with, and its bytes in memory.
  func serving(
    rows: Int, columns: Int, storedAs type: WeightType, in part: Precision.Part
  ) -> (arithmetic: Arithmetic, byteCount: Int) {
    let count = rows * columns
    guard let wanted = precision.packing(of: part, storedAs: type) else {
      return (.fp32, rows * type.byteCount(of: columns))
    }
    switch wanted.divides(columns: columns) ? wanted : .bf16 {
    case .bf16: return (.bf16, 2 * count)
    case .int8: return (.int8, count + rows * MemoryLayout<Float>.size)
    case .q80: return (.int8, rows * WeightType.q80.byteCount(of: columns))
    case .q40: return (.int8, rows * WeightType.q40.byteCount(of: columns))
    }
  }
}
