import Checkpoint
import Concurrency
import Launch
import Numerics
import RPC

/// All checks of one visit.
struct Doctor: Sendable {
  /// Nothing where none is installed; why is a line of the report.
  var golden: Result<GoldenSet, LaunchError>
  /// The folder of the demonstration model, where it is installed.
  var demonstration: String?
  /// The model to open, or why there is none.
  var model: Result<ModelPaths, LaunchError>
  var isModelNamed: Bool
  var places: PlaceChecks
  let compute: Compute
  let clock: any MonotonicClock
  let thread: any ComputeThread = InferenceThread()

  private static let installAdvice = "install llava again: deploy/install.sh puts it beside the program"

  var checks: [Check] {
    goldenChecks + KernelChecks(compute: compute, thread: thread).checks
      + MachineChecks(compute: compute, thread: thread, clock: clock).checks + places.checks + modelChecks
  }

  private var goldenChecks: [Check] {
    switch golden {
    case .failure(let error):
      [Check(.golden, "golden set", .failed(error.message, advice: Self.installAdvice))]
    case .success(let golden):
      [Check(.golden, "golden set", .passed(golden.path))] + PixelChecks(golden: golden, thread: thread).checks
        + tokenChecks(golden) + numberChecks(golden)
    }
  }

  private func tokenChecks(_ golden: GoldenSet) -> [Check] {
    let tokens = TokenChecks(golden: golden, thread: thread)
    let bundled = demonstration.map { [tokens.demonstration(at: $0)] } ?? []
    guard isModelNamed, case .success(let checkpoint) = checkpoint else { return bundled }
    return bundled + [tokens.named(checkpoint)]
  }

  private func numberChecks(_ golden: GoldenSet) -> [Check] {
    let features = FeatureChecks(golden: golden, compute: compute, thread: thread)
    return features.checks + LogitChecks(features: features).checks
  }

  private var modelChecks: [Check] {
    switch checkpoint {
    case .success(let checkpoint):
      ModelChecks(
        checkpoint: checkpoint, compute: compute, thread: thread, clock: clock,
        machineByteCount: Machine.memoryByteCount
      ).checks
    case .failure(let error as CheckpointError): [ModelChecks.failure(error)]
    case .failure(let error):
      [Check(.model, "files", .failed("\(error)", advice: "install the demonstration model, or name one with --model"))]
    }
  }

  /// Headers are read, no weights; so opening it twice costs little.
  private var checkpoint: Result<Checkpoint, any Error> {
    Result { try Checkpoint(try model.get()) }
  }
}
