/// The bounds of a scheduler. Each says no, or makes wait; none grows.
public struct Limits: Equatable, Sendable {
  /// Sequences that wait to start. Each may hold features in memory; more are refused.
  public var waitingCount: Int
  /// Sequences that run together. Each adds a row to every step.
  public var runningCount: Int
  /// Rows of one step: every stream waits for it, so it bounds the gap between two tokens.
  public var stepTokenCount: Int
  /// KV blocks there are.
  public var blockCount: Int
  /// Tokens in one block.
  public var blockTokenCount: Int

  public init(waitingCount: Int, runningCount: Int, stepTokenCount: Int, blockCount: Int, blockTokenCount: Int) {
    precondition(
      runningCount <= stepTokenCount, "\(runningCount) running sequences in a step of \(stepTokenCount) rows")
    self.waitingCount = waitingCount
    self.runningCount = runningCount
    self.stepTokenCount = stepTokenCount
    self.blockCount = blockCount
    self.blockTokenCount = blockTokenCount
  }
}
