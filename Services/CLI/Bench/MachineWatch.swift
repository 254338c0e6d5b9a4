import Concurrency

/// What the machine can do while a bench runs: measured again and again, since other programs on a shared one come and go
/// by the minute. The memory that this takes is kept out of the model's peak.
actor MachineWatch {
  private let measure: @Sendable () async throws -> MachineLimits
  private let clock: any MonotonicClock
  private var latest: MachineLimits
  private var measuredAt: Instant
  /// The highest of each so far.
  private(set) var highest: MachineLimits
  private var peakByteCount: Int?

  /// A measurement takes about a second, so samples that are shorter share one.
  private static let period = Duration.seconds(1)

  init(clock: any MonotonicClock, measure: @escaping @Sendable () async throws -> MachineLimits) async throws {
    self.measure = measure
    self.clock = clock
    latest = try await measure()
    highest = latest
    measuredAt = clock.now
  }

  /// What `body` returns, and the higher of each limit before and after it.
  func around<Value: Sendable>(
    _ body: @Sendable () async throws -> Value
  ) async throws -> (value: Value, limits: MachineLimits) {
    let before = latest
    let value = try await body()
    if clock.now - measuredAt > Self.period { try await refresh() }
    return (value, .best(before, latest))
  }

  private func refresh() async throws {
    notePeak()
    latest = try await measure()
    measuredAt = clock.now
    highest = .best(highest, latest)
    _ = PeakMemory.reset()
  }

  /// The most memory since the watch began, or nothing where the system does not say.
  func peakMemory() -> Int? {
    notePeak()
    return peakByteCount
  }

  private func notePeak() { peakByteCount = [peakByteCount, PeakMemory.bytes].compactMap { $0 }.max() }
}
