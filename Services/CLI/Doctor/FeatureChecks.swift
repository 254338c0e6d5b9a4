import Checkpoint
import Concurrency
import Imaging
import Launch
import Numerics
import TilePlan
import VisionModel

/// Whether the vision tower computes what transformers computes, on the random-weight model.
struct FeatureChecks: Sendable {
  let golden: GoldenSet
  let compute: Compute
  let thread: any ComputeThread

  var checks: [Check] {
    [
      Check(.features, "selected layer", advice: GoldenSet.advice, on: thread) {
        Agreement(try features().values, try GoldenTensors(golden).floats("features")).outcome(of: "576 rows")
      }
    ]
  }

  /// `[576, 64]`, of the synthetic picture of 640 x 480, padded.
  func features() throws -> Tensor {
    let preprocessor = Preprocessor(policy: .pad)
    let view = preprocessor.views(of: .synthetic(ImageSize(width: 640, height: 480)))[0]
    let tower = try VisionTower(Checkpoint(golden.tiny), on: compute)
    let pixels = preprocessor.normalized(view)
    guard pixels.count == tower.pixelCount, let features = tower.encode([pixels])[0] else {
      throw LaunchError(
        .file, "\(golden.tiny.model): expected a tower of \(pixels.count) values, found \(tower.pixelCount)")
    }
    return features
  }
}
