/// How a picture that is not square becomes the square views that the vision tower sees.
public enum ImagePolicy: String, Hashable, Sendable, CaseIterable {
  /// One view: padded to a square with the mean colour, then resized. LLaVA-1.5's own.
  case pad
  /// One view: the short side resized to the view, the middle of the long side kept. The Hugging Face processor's.
  case crop
}
