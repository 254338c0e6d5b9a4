import ArgumentParser
import Checkpoint
import Concurrency
import Launch
import Numerics

/// `llava doctor`: whether this machine gives what the originals give.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check that this machine computes what the originals compute, and how fast.",
    discussion: """
      EXAMPLES
        llava doctor
        llava doctor --model models/llava-1.5-7b-hf
        llava doctor --json

      Pixels and tokens are compared bit for bit with what comes with the program, features and logits
      by their largest difference. The exit status is 1 where something failed; warnings do not fail.
      """)

  @Option(
    help: "A model's directory or GGUF file, which is opened and tried too (default: the demonstration model).",
    completion: .file())
  var model: String?

  @Option(help: "The tower that is not with the model: CLIP's directory, or the mmproj GGUF.", completion: .file())
  var visionTower: String?

  @Option(help: "Threads that compute (default: the cores that this process may use).", transform: ThreadCount.parsed)
  var threads: ThreadCount?

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() async throws {
    let clock = SystemClock()
    let transport = Network(clock: clock)
    let doctor = Doctor(
      golden: Result { () throws(LaunchError) in try GoldenSet.installed() },
      demonstration: try? ModelLocation.paths(named: nil).model,  // where there is none, the model's line says so
      model: try located(), isModelNamed: model != nil,
      places: PlaceChecks(transport: transport, clock: clock),
      compute: Compute(threads: (threads ?? .automatic).count), clock: clock)
    let report = await DoctorReport.of(doctor.checks)
    try Output.standardOutput.write(json ? DoctorJSON(report).json + "\n" : report.table)
    guard report.exitStatus == .success else { throw ExitCode(report.exitStatus.rawValue) }
  }

  /// A wrong flag is the caller's error; a model that is not installed is a finding.
  private func located() throws(LaunchError) -> Result<ModelPaths, LaunchError> {
    do throws(LaunchError) {
      return .success(try ModelLocation.paths(named: model, visionTower: visionTower))
    } catch  where error.code == .model && model == nil {
      return .failure(error)
    }
  }
}
