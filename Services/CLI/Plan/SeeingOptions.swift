import ArgumentParser
import Checkpoint
import Contracts
import Launch
import TilePlan

/// How a picture becomes views.
struct SeeingOptions: ParsableArguments {
  @OptionGroup var parts: HighResolutionOptions

  @Option(help: "In one view: pad or crop (default: by --as and the model).", transform: PreprocessingPolicy.parsed)
  var policy: PreprocessingPolicy?

  @Option(
    name: .customLong("as"),
    help: "Whose behaviour: original (as the weights were trained) or transformers (its processor's).",
    transform: Reference.parsed)
  var reference: Reference = .original

  /// Whether parts were asked for.
  var splits: Bool { parts.splits }

  func validate() throws { try parts.validate(besidesPolicy: policy != nil) }

  /// A model sees as it was trained to see, unless it is told otherwise.
  func policy(for model: ModelDescription) throws(LaunchError) -> ImagePolicy {
    let pads = model.preprocessing.padsToSquare
    let single: ImagePolicy = (reference == .original ? pads != false : pads == true) ? .pad : .crop
    let tiling = reference == .original ? model.tiling : model.transformersTiling
    let seeing = parts.seeing(policy: policy?.imagePolicy)
    guard let policy = seeing.policy(trainedWith: tiling, otherwise: single) else {
      throw LaunchError(
        .usage,
        "\(model.name) was never trained to see a picture in parts: take a model that was, or say --hd-untrained")
    }
    return policy
  }
}
