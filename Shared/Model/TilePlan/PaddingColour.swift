/// What a view shows where the picture is not.
public enum PaddingColour: Hashable, Sendable {
  /// The mean of the tower's training pictures, which becomes zero when it is normalised.
  case mean
  case black
}
