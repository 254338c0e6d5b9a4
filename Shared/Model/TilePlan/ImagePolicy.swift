/// How a picture of any shape becomes the square views that the vision tower sees.
public enum ImagePolicy: Hashable, Sendable {
  /// One view: padded to a square with the mean colour, then resized. LLaVA-1.5's own.
  case pad
  /// One view: the short side resized to the view, the middle of the long side kept. The Hugging Face processor's.
  case crop
  /// Several views: the whole, and the parts of a larger picture of it. LLaVA-1.5-HD's and LLaVA-1.6's.
  case tiles(Tiling)

  /// The name that people know it by.
  public var name: String {
    switch self {
    case .pad: "pad"
    case .crop: "crop"
    case .tiles: "hd"
    }
  }

  /// How it is split; nil where it is not.
  public var tiling: Tiling? {
    if case .tiles(let tiling) = self { tiling } else { nil }
  }
}
