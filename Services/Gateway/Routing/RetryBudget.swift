/// How much may be tried again: a fifth of the traffic, and a few besides, so that a broken fleet is not given double work.
public struct RetryBudget: Sendable {
  /// Retries that each piece of work earns.
  private static let share = 0.2
  /// What a quiet gateway may still retry, and the most that is saved up.
  private static let floor = 10.0
  private static let ceiling = 100.0

  private var balance = floor

  public init() {}

  /// A piece of work is tried for the first time.
  public mutating func attempt() { balance = min(Self.ceiling, balance + Self.share) }

  /// Whether it may be tried again; if so, that is spent.
  public mutating func mayRetry() -> Bool {
    guard balance >= 1 else { return false }
    balance -= 1
    return true
  }
}
