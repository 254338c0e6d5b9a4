import ArgumentParser
import Checkpoint
import Contracts
import Foundation
import Imaging
import Launch
import TilePlan

/// `llava plan`: what a model would see of a picture, and what that costs.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show how a picture is split, what it costs, and whether it fits.",
    discussion: """
      EXAMPLES
        llava plan photo.jpg
        llava plan photo.jpg --hd --draw plan.png
        llava plan photo.jpg --model llava-1.6-7b --hd-max-tiles 2 --json
        llava plan photo.jpg --model models/llava-v1.6-vicuna-7b-hf

      Only the picture's header is read, unless it is drawn; no worker is asked, and no weights are needed.
      --model is a model's directory (its config.json is enough), a GGUF file, or one of
        \(PublishedModel.allCases.map(\.rawValue).joined(separator: ", ")).
      """)

  @Argument(help: "A picture (JPEG, PNG or WebP; - is standard input).", completion: .file())
  var picture: String

  @Option(help: "A model's directory, GGUF file or published name (default: the demonstration model).")
  var model: String?

  @Option(help: "The tower that is not with the model: CLIP's directory, or the mmproj GGUF.", completion: .file())
  var visionTower: String?

  @OptionGroup var seeing: SeeingOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  @Option(help: "Write what is seen, with the grid drawn over it, to this PNG file.", completion: .file())
  var draw: String?

  func run() async throws {
    let bytes = try imageFile(at: picture)
    let limits = ImageLimits()
    let header: ImageHeader
    do throws(ImageError) {
      header = try ImageHeader(bytes)
      try limits.check(header, byteCount: bytes.count)
    } catch {
      throw LaunchError(.usage, "\(picture): \(error.message)")
    }
    let model = try PlannedModel.named(model, visionTower: visionTower, highResolution: seeing.splits)
    let report = try PlanReport(of: header, byteCount: bytes.count, by: model, seeing)
    if let draw { try drawing(of: bytes, report.plan, model, limits: limits).write(to: draw) }
    try Output.standardOutput.write(json ? report.json + "\n" : report.text)
  }

  private func drawing(
    of bytes: [UInt8], _ plan: TilePlan, _ model: ModelDescription, limits: ImageLimits
  ) throws(LaunchError) -> PlanDrawing {
    let preprocessor = Preprocessor(
      policy: plan.policy, side: plan.viewSide, patch: plan.patchSide,
      mean: model.preprocessing.mean.map(Double.init), std: model.preprocessing.standardDeviation.map(Double.init))
    let views: [ViewPixels]
    do throws(ImagingError) {
      views = try preprocessor.views(decoding: bytes, limits: limits).views
    } catch {
      throw LaunchError(.usage, "\(picture): \(error.message)")
    }
    return try PlanDrawing(plan, views: views)
  }
}

/// Models that can be planned for.
enum PlannedModel {
  /// A path, a published name, or the demonstration model that sees so.
  static func named(
    _ name: String?, visionTower: String?, highResolution: Bool
  ) throws -> ModelDescription {
    if let published = name.flatMap(PublishedModel.init(rawValue:)) { return published.description }
    let paths = try ModelLocation.paths(named: name, visionTower: visionTower, highResolution: highResolution)
    return try ModelDescription(paths)
  }
}
