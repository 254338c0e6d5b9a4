/// Whether work that is sent to a process now would be taken.
///
/// It starts, serves once it has computed something, and stops: in this order, and never back.
public struct Readiness: Equatable, Sendable {
  private enum Stage: Equatable { case starting, serving, stopping }

  private var stage = Stage.starting

  public init() {}

  /// The model has been read, and something has been computed with it.
  public mutating func warmed() { if stage == .starting { stage = .serving } }

  /// No new work is taken.
  public mutating func stop() { stage = .stopping }

  /// Why work would not be taken, or nothing. `lack` is what a process that serves is missing of others.
  public func absence(lacking lack: String?) -> String? {
    switch stage {
    case .starting: "starting: the first pass has not been computed"
    case .serving: lack
    case .stopping: "stopping"
    }
  }
}
