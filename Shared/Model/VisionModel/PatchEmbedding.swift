import Checkpoint
import Numerics

/// Cuts a view into patches, maps each to a row, puts the class token's row before them and adds their positions.
struct PatchEmbedding: Sendable {
  private let projection: TowerLinear
  private let classToken: Tensor
  private let positions: Tensor
  private let side: Int
  private let patch: Int

  init(
    _ weights: Weights, _ configuration: VisionConfiguration, _ preparation: Preparation
  ) throws(CheckpointError) {
    let compute = preparation.compute
    let width = configuration.hiddenSize
    side = configuration.imageSide
    patch = configuration.patchSide
    projection = TowerLinear(
      try weights["patch_embedding"].matrix("weight", shape: [width, 3, patch, patch]), preparation)
    classToken = Tensor(
      try weights.vector("class_embedding", count: width), rows: 1, columns: width, on: compute)
    let rows = configuration.patchCount + 1
    positions = try weights["position_embedding"].matrix("weight", rows: rows, columns: width)
      .gathering(rows: 0..<Int32(rows), on: compute)
  }

  /// Each view is `[3, side, side]`, its result `[1 + patches, width]`.
  func callAsFunction(_ views: [[Float]]) -> [Tensor] {
    projection(views.map(patches)).map { Tensor(stacking: [classToken, $0]) + positions }
  }

  /// The patches of a view, row by row: `[patches, 3 * patch * patch]`, each as `[channel, y, x]`, like the weights.
  private func patches(of view: [Float]) -> Tensor {
    precondition(view.count == 3 * side * side, "a view of \(side) x \(side): found \(view.count) values")
    let grid = side / patch
    var values: [Float] = []
    values.reserveCapacity(grid * grid * 3 * patch * patch)
    for row in 0..<grid {
      for column in 0..<grid {
        for channel in 0..<3 {
          for y in 0..<patch {
            let start = (channel * side + row * patch + y) * side + column * patch
            values += view[start..<start + patch]
          }
        }
      }
    }
    return Tensor(values, rows: grid * grid, columns: 3 * patch * patch, on: positions.compute)
  }
}
