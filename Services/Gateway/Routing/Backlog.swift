/// How much work is waited for, in the seconds that one worker would take for it: what a fleet is scaled by.
///
/// The number of waiting pieces alone would not do: five views of a large tower are a minute, and of a small one a second.
public enum Backlog {
  /// What a piece of work counts as long as none was measured.
  static let unmeasuredSeconds = 1.0

  /// What `loads` have in flight, each at its own pace, and `waitingCount` pieces that have no worker yet, at the mean of
  /// what was measured.
  public static func seconds(waitingCount: Int, loads: [LeastOutstanding.Load]) -> Double {
    let measured = loads.compactMap(\.meanSeconds)
    let mean = measured.isEmpty ? unmeasuredSeconds : measured.reduce(0, +) / Double(measured.count)
    return loads.reduce(Double(waitingCount) * mean) { $0 + Double($1.inFlight) * ($1.meanSeconds ?? mean) }
  }

  /// How long who joins the line now waits until its piece is done: what `loads` have in flight and `waitingCount` before
  /// it, shared among the workers, and its own. Nothing while no worker was measured.
  public static func wait(behind waitingCount: Int, loads: [LeastOutstanding.Load]) -> Duration? {
    let measured = loads.compactMap(\.meanSeconds)
    guard !measured.isEmpty else { return nil }
    let own = measured.reduce(0, +) / Double(measured.count)
    return .seconds(seconds(waitingCount: waitingCount, loads: loads) / Double(loads.count) + own)
  }
}
