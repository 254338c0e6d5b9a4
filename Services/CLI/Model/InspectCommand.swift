import ArgumentParser
import Checkpoint
import Launch
import Tokenizer

/// `llava model inspect`: everything that a model's files say, and what serving them costs.
struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a model's files hold, what is missing, and what serving it costs.",
    discussion: """
      EXAMPLES
        llava model inspect models/llava-1.5-7b-hf
        llava model inspect models/llava-v1.5-7b --vision-tower models/clip-vit-large-patch14-336
        llava model inspect models/llava-7b-q4_0.gguf --json

      Only headers are read. The exit status is 1 where a tensor that the model needs is missing or of
      another shape; llava doctor --model PATH also looks at the numbers and runs the model.
      """)

  @Argument(help: "A model's directory or GGUF file.", completion: .file())
  var path: String

  @Option(help: "The tower that is not with the model: CLIP's directory, or the mmproj GGUF.", completion: .file())
  var visionTower: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() async throws {
    let checkpoint = try Checkpoint(ModelLocation.paths(named: path, visionTower: visionTower))
    let report = try ModelReport(checkpoint)
    try Output.standardOutput.write(json ? report.json + "\n" : report.text)
    guard report.faults.isEmpty else {
      throw LaunchError(
        .model, "\(path): \(report.faults.count) tensors cannot be used; the first: \(report.faults[0])")
    }
  }
}
