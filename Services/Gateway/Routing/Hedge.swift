/// When work that is slow on one worker is given to a second one besides: the first answer counts.
///
/// After three times what such work takes there, with what was in flight before it. Of what a healthy worker does next to
/// nothing takes so long, so that hedging costs little; and a worker that stands still costs an answer three times its
/// time, and not the whole deadline. (Dean and Barroso, "The Tail at Scale", 2013.)
public enum Hedge {
  private static let factor = 3.0
  /// Below this the difference between two workers is noise: a stall of the network or of the machine.
  private static let shortest = Duration.milliseconds(50)

  /// How long to wait for work that is at `place` in its worker's line, from 1 on.
  public static func patience(meanSeconds: Double, place: Int) -> Duration {
    max(shortest, .seconds(meanSeconds * factor * Double(max(place, 1))))
  }
}
