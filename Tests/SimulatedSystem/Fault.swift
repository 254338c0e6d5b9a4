import FeatureTiers
import TestSupport

/// Something that goes wrong in a simulated system, and for how long.
enum Fault: Sendable {
  /// As by SIGKILL; another process is there afterwards.
  case crash(String)
  /// As by SIGTERM; another process is there afterwards.
  case drain(String)
  /// Nothing arrives between the two, and nobody hears of it.
  case part(String, String)
  /// Everything from and to it waits, as when a process is stopped.
  case silence(String)
  /// Everything takes so many times longer.
  case slow(String, factor: Double)
  case tier(MemoryTier.Mood)
}

/// When, and for how long.
struct PlannedFault: Sendable {
  let at: Duration
  let duration: Duration
  let fault: Fault

  init(
    within span: Duration, lasting milliseconds: ClosedRange<Int64>, _ fault: Fault, _ generator: inout SeededGenerator
  ) {
    at = .microseconds(Int64.random(in: 0...span.nanoseconds / 1000, using: &generator))
    duration = .milliseconds(Int64.random(in: milliseconds, using: &generator))
    self.fault = fault
  }
}
