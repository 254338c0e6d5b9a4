/// Which of several workers that can do the same is far worse than the others, and is left out for a while.
///
/// A worker that fails again and again is `WorkerHealth`'s; here is one that fails every third time, or takes ten times as
/// long, and that only its peers give away: if all are like that, it is the work or the network. It is left out for ten
/// seconds, and twice as long each time that it comes back as it was; and never are more than half of the workers out,
/// since those that are left would be next. (As Envoy's outlier detection, which compares rates of success.)
public struct OutlierEjection<Name: Hashable & Sendable, Instant: Comparable & Sendable>: Sendable {
  /// What became of work in a part of the time.
  private struct Tally: Sendable {
    var count = 0
    var failureCount = 0
    var measuredCount = 0
    var seconds = 0.0

    static func + (left: Tally, right: Tally) -> Tally {
      Tally(
        count: left.count + right.count, failureCount: left.failureCount + right.failureCount,
        measuredCount: left.measuredCount + right.measuredCount, seconds: left.seconds + right.seconds)
    }

    var failureShare: Double { count == 0 ? 0 : Double(failureCount) / Double(count) }
    var meanSeconds: Double? { measuredCount < Bound.leastCount ? nil : seconds / Double(measuredCount) }
  }

  private struct Record: Sendable {
    var current = Tally()
    var previous = Tally()
    var currentEnds: Instant
    /// Until when it is out, and why.
    var ejection: (until: Instant, reason: String)?
    /// Times that it was out, of late.
    var ejectionCount = 0
    /// When what it did is forgotten.
    var forgiven: Instant?

    var tally: Tally { previous + current }
  }

  private var records: [Name: Record] = [:]
  private let later: @Sendable (Instant, Duration) -> Instant

  /// `later` adds a duration to an instant, whatever clock the instants are of.
  public init(later: @escaping @Sendable (Instant, Duration) -> Instant) { self.later = later }

  /// A piece of work has ended: well, or by the worker's fault; `seconds` is how long it took where such times compare.
  public mutating func ended(on name: Name, seconds: Double?, failed: Bool, at now: Instant) {
    var record = records[name] ?? Record(currentEnds: later(now, Bound.window))
    turn(&record, at: now)
    record.current.count += 1
    if failed { record.current.failureCount += 1 }
    if let seconds {
      record.current.measuredCount += 1
      record.current.seconds += seconds
    }
    records[name] = record
  }

  /// Another process is there now, or none.
  public mutating func forget(_ name: Name) { records[name] = nil }

  /// Those of `names`, which can all do the same work, that are to be left out now: at most half of them.
  public mutating func ejected(among names: [Name], at now: Instant) -> Set<Name> {
    for name in names { refresh(name, at: now) }
    var out = names.filter { records[$0]?.ejection != nil }
    for name in names where records[name]?.ejection == nil && out.count < names.count / 2 {
      guard let reason = fault(of: name, among: names.filter { $0 != name && records[$0]?.ejection == nil }) else {
        continue
      }
      eject(name, because: reason, at: now)
      out.append(name)
    }
    return Set(out.prefix(names.count / 2))
  }

  /// Why a worker is out now; nothing where it is not.
  public func reason(for name: Name, at now: Instant) -> String? {
    records[name]?.ejection.flatMap { now < $0.until ? $0.reason : nil }
  }

  private mutating func refresh(_ name: Name, at now: Instant) {
    guard var record = records[name] else { return }
    turn(&record, at: now)
    if let ejection = record.ejection, now >= ejection.until {
      record.ejection = nil
      (record.current, record.previous) = (Tally(), Tally())  // it is judged by what it does now that it is back
      record.forgiven = later(ejection.until, Bound.longestEjection)
    }
    if let forgiven = record.forgiven, record.ejection == nil, now >= forgiven {
      (record.ejectionCount, record.forgiven) = (0, nil)
    }
    records[name] = record
  }

  private func turn(_ record: inout Record, at now: Instant) {
    guard now >= record.currentEnds else { return }
    record.previous = now >= later(record.currentEnds, Bound.window) ? Tally() : record.current
    record.current = Tally()
    record.currentEnds = later(now, Bound.window)
  }

  /// How a worker is far worse than its peers; nothing where it is not, or too little is known.
  private func fault(of name: Name, among peers: [Name]) -> String? {
    guard let own = records[name]?.tally, own.count >= Bound.leastCount else { return nil }
    let others = peers.compactMap { records[$0]?.tally }.filter { $0.count >= Bound.leastCount }
    guard !others.isEmpty else { return nil }
    let usual = others.reduce(Tally(), +).failureShare
    if own.failureShare - usual > Bound.failureMargin {
      return "fails \(Self.percent(own.failureShare)) of its work, its peers \(Self.percent(usual))"
    }
    let times = others.compactMap(\.meanSeconds).sorted()
    guard let mean = own.meanSeconds, !times.isEmpty else { return nil }
    let middle = times[times.count / 2]
    guard mean > middle * Bound.slowness, mean - middle > Bound.leastSeconds else { return nil }
    return "takes \(Self.milliseconds(mean)) where its peers take \(Self.milliseconds(middle))"
  }

  private mutating func eject(_ name: Name, because reason: String, at now: Instant) {
    guard var record = records[name] else { return }
    let duration = min(Bound.longestEjection, Bound.firstEjection * (1 << min(record.ejectionCount, 10)))
    record.ejection = (later(now, duration), reason)
    record.ejectionCount += 1
    records[name] = record
  }

  private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
  private static func milliseconds(_ seconds: Double) -> String { "\(Int((seconds * 1000).rounded())) ms" }
}

/// How far is too far, and for how long.
private enum Bound {
  /// What is compared was seen within the last one to two of these.
  static let window = Duration.seconds(15)
  /// Ends of work that a worker must have had in that time to be judged, or to judge others by: of ten, four failures are
  /// not chance where the others' share is small.
  static let leastCount = 10
  /// Failing this much more often than the peers, of all that it does.
  static let failureMargin = 0.3
  /// Times the time of its peers. Hedges begin at three, and a slow machine is still of use.
  static let slowness = 5.0
  /// A difference below this is noise, in seconds.
  static let leastSeconds = 0.05
  static let firstEjection = Duration.seconds(10)
  static let longestEjection = Duration.seconds(300)
}
