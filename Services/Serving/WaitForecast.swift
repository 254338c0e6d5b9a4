import Concurrency

/// How long a newcomer will wait, by how fast others are served while there is a queue.
///
/// Who would come too late is better told at once: it would take its share of everybody's time, and get nothing for it.
/// Source for the rest of it: Little's law, wait = number before it x time between two that are served.
struct WaitForecast: Sendable {
  /// So many are served side by side, and say nothing of how fast a queue moves.
  static let queueCount = 16
  /// Services that the mean goes over at least, and that it takes before anything is said.
  private static let leastMemory = 32.0

  private var sampleCount = 0.0
  private var secondsBetween = 0.0
  /// The last service, where there has been a queue ever since.
  private var lastService: Instant?

  /// Somebody has left, served or not, and `count` are still there.
  mutating func left(at now: Instant, wasServed: Bool, leaving count: Int) {
    guard count >= Self.queueCount else {
      lastService = nil
      return
    }
    guard wasServed else { return }
    if let lastService {
      // As far back as the line is long: who waits behind many sees fast and slow times pass, and not only the last.
      sampleCount = min(max(Self.leastMemory, Double(count)), sampleCount + 1)
      let seconds = Double((now - lastService).nanoseconds) / 1e9
      secondsBetween += (seconds - secondsBetween) / sampleCount
    }
    lastService = now
  }

  /// What one will wait who comes after `count` others; nothing while that is not known, or there is no queue.
  func wait(behind count: Int) -> Duration? {
    guard sampleCount >= Self.leastMemory, count >= Self.queueCount else { return nil }
    return .seconds(secondsBetween * Double(count + 1))
  }
}
