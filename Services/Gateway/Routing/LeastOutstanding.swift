/// The worker with the least outstanding work: what is in flight, times how long its work takes.
///
/// For work that any worker can do and none remembers; hashing it would buy nothing.
public struct LeastOutstanding: Sendable {
  /// How busy one worker is.
  public struct Load: Equatable, Sendable {
    public var inFlight: Int
    /// Mean seconds of a piece of work; nothing where none has been measured.
    public var meanSeconds: Double?

    public init(inFlight: Int, meanSeconds: Double?) {
      self.inFlight = inFlight
      self.meanSeconds = meanSeconds
    }
  }

  public enum Choice: Equatable, Sendable {
    case assign(Int)
    /// All are as busy as they may be.
    case wait
    /// There is none.
    case none
  }

  /// Pieces of work that one worker may have in flight.
  public let limit: Int

  /// Workers that are at most this much slower than the fastest count as equally fast: such differences are noise, and
  /// would give one of two equal workers a view more than the other.
  private static let tolerance = 1.25

  public init(limit: Int) { self.limit = limit }

  /// The index of the worker to send to; the first among equals.
  public func choose(_ loads: [Load]) -> Choice {
    guard !loads.isEmpty else { return .none }
    // One that was never measured counts as fast as the fastest: it is tried.
    let fastest = loads.compactMap(\.meanSeconds).min() ?? 1
    func cost(_ load: Load) -> Double {
      let seconds = load.meanSeconds ?? fastest
      return Double(load.inFlight + 1) * (seconds <= fastest * Self.tolerance ? fastest : seconds)
    }
    let able = loads.indices.filter { loads[$0].inFlight < limit }
    return able.min { cost(loads[$0]) < cost(loads[$1]) }.map(Choice.assign) ?? .wait
  }
}

/// A mean that follows: each new value counts a fifth.
public struct MovingMean: Sendable {
  public private(set) var value: Double?

  public init() {}

  public mutating func add(_ sample: Double) { value = value.map { $0 + 0.2 * (sample - $0) } ?? sample }
}
