import ArgumentParser
import Launch
import TilePlan

/// Whether a picture is seen in parts.
struct HighResolutionOptions: ParsableArguments {
  @Flag(help: "See the picture in parts, as models for high resolution do.")
  var hd = false

  @Option(help: "Split it into at most this many tiles.", transform: Count.parsed)
  var hdMaxTiles: Count?

  @Flag(help: "Split it though the model was never trained for it.")
  var hdUntrained = false

  /// Whether parts were asked for.
  var splits: Bool { seeing().isSplit }

  /// What is asked for, with what is said of one view.
  func seeing(policy: ImagePolicy? = nil) -> Seeing {
    Seeing(policy: policy, isSplit: hd, tileLimit: hdMaxTiles?.count, acceptsUntrained: hdUntrained)
  }

  /// A picture is seen in one view or in several.
  func validate(besidesPolicy hasPolicy: Bool) throws {
    guard !hasPolicy || !splits else {
      throw ValidationError("expected --policy, for one view, or --hd, for several; found both")
    }
  }
}
