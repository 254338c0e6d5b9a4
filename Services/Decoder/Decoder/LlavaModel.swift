public import Checkpoint
public import Contracts
public import LanguageModel
public import Numerics

/// LLaVA without its eyes: projector, LLaMA, and the KV of everything that it has read.
public struct LlavaModel: GenerativeModel {
  private let compute: Compute
  private let projector: Projector
  private let llama: LlamaModel
  public let cache: KVCache
  public let rowEnd: Tensor?

  /// Throws where a weight is missing or misshapen, or there is no room for the blocks.
  public init(_ checkpoint: Checkpoint, precision: Precision, on compute: Compute, blockCount: Int) throws {
    self.compute = compute
    rowEnd = try checkpoint.rowEnd.map { Tensor($0, rows: 1, columns: $0.count, on: compute) }
    projector = try Projector(checkpoint, precision: precision, on: compute)
    llama = try LlamaModel(checkpoint, precision: precision, on: compute)
    cache = try KVCache(shape: llama.cacheShape, blockCount: blockCount)
  }

  public var vocabularySize: Int { llama.vocabularySize }
  public var contextLength: Int { llama.contextLength }

  public func project(_ view: ViewFeatures) -> Tensor {
    projector(
      Tensor(
        decoding: view.bytes.span.bytes, as: view.element == .f16 ? .f16 : .f32, rows: view.tokenCount,
        columns: view.width, on: compute))
  }

  public func forward(_ chunks: [SequenceChunk]) -> [[Float]] { llama.forward(chunks, cache: cache) }
}
