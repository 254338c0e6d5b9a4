import Checkpoint
import Numerics

/// The rows that tokens begin as.
struct EmbeddingTable: Sendable {
  private let table: WeightMatrix
  private let compute: Compute

  init(_ weights: Weights, _ configuration: LlamaConfiguration, on compute: Compute) throws(CheckpointError) {
    table = try weights.matrix("weight", rows: configuration.vocabularySize, columns: configuration.hiddenSize)
    self.compute = compute
  }

  /// `[rows, hidden]`: tokens by their row of the table, projected features as they are, in the order given.
  func callAsFunction(_ inputs: [SequenceChunk.Input]) -> Tensor {
    Tensor(
      stacking: inputs.map { input in
        switch input {
        case .tokens(let ids): table.gathering(rows: ids, on: compute)
        case .rows(let rows): rows
        }
      })
  }
}
