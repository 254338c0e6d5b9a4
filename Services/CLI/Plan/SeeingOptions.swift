import ArgumentParser
import Checkpoint
import Contracts
import Launch
import TilePlan

/// How a picture becomes views.
struct SeeingOptions: ParsableArguments {
  @Flag(help: "See the picture in parts, as models for high resolution do.")
  var hd = false

  @Option(help: "Split it into at most this many tiles.", transform: Count.parsed)
  var hdMaxTiles: Count?

  @Flag(help: "Split it though the model was never trained for it.")
  var hdUntrained = false

  @Option(help: "In one view: pad or crop (default: by --as and the model).", transform: PreprocessingPolicy.parsed)
  var policy: PreprocessingPolicy?

  @Option(
    name: .customLong("as"),
    help: "Whose behaviour: original (as the weights were trained) or transformers (its processor's).",
    transform: Reference.parsed)
  var reference: Reference = .original

  /// Whether parts were asked for.
  var splits: Bool { hd || hdMaxTiles != nil || hdUntrained }

  func validate() throws {
    guard policy == nil || !splits else {
      throw ValidationError("expected --policy, for one view, or --hd, for several; found both")
    }
  }

  /// A model sees as it was trained to see, unless it is told otherwise.
  func policy(for model: ModelDescription) throws(LaunchError) -> ImagePolicy {
    if let policy { return policy == .pad ? .pad : .crop }
    if let tiling = reference == .original ? model.tiling : model.transformersTiling { return .tiles(limited(tiling)) }
    guard splits else {
      let pads = model.preprocessing.padsToSquare
      return (reference == .original ? pads != false : pads == true) ? .pad : .crop
    }
    guard hdUntrained else {
      throw LaunchError(
        .usage,
        "\(model.name) was never trained to see a picture in parts: take a model that was, or say --hd-untrained")
    }
    return .tiles(limited(.untrained))
  }

  private func limited(_ tiling: Tiling) -> Tiling { hdMaxTiles.map { tiling.limited(to: $0.count) } ?? tiling }
}
