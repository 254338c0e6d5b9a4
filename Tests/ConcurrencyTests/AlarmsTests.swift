import Testing

@testable import Concurrency

@Suite struct AlarmsTests {
  private let alarms = Alarms()
  private var now: Instant { SystemClock().now }

  /// Has `count` tasks sleep in `group`, and returns once all of them do.
  private func sleep(_ count: Int, until instant: Instant, in group: inout ThrowingTaskGroup<Instant, any Error>) async
  {
    let before = alarms.counts.sleepers
    for _ in 0..<count {
      group.addTask { [alarms] in
        try await alarms.sleep(until: instant)
        return instant
      }
    }
    while alarms.counts.sleepers < before + count { await Task.yield() }
  }

  @Test func whoIsCancelledIsForgotten() async {
    await #expect(throws: CancellationError.self) {
      try await withThrowingTaskGroup(of: Instant.self) { group in
        await sleep(1000, until: now + .seconds(3600), in: &group)
        #expect(alarms.counts.alarms == 1000)
        group.cancelAll()
        for try await _ in group {}
      }
    }
    #expect(alarms.counts.sleepers == 0)
    #expect(alarms.counts.alarms < 100)
  }

  @Test func whoComesLaterAndIsDueEarlierIsWokenEarlier() async throws {
    try await withThrowingTaskGroup(of: Instant.self) { group in
      defer { group.cancelAll() }
      await sleep(1, until: now + .seconds(3600), in: &group)
      for _ in 0..<2 {
        let soon = now + .milliseconds(10)
        try await alarms.sleep(until: soon)
        #expect(now >= soon)
      }
      #expect(alarms.counts.sleepers == 1)
    }
  }

  @Test func whatIsOverIsNotWaitedFor() async throws {
    try await alarms.sleep(until: now)
    try await alarms.sleep(until: Instant(nanoseconds: 0))
    #expect(alarms.counts == (sleepers: 0, alarms: 0))
  }

  @Test func whoIsCancelledBeforeDoesNotSleep() async {
    let task = Task { [alarms] in
      while !Task.isCancelled { await Task.yield() }
      try await alarms.sleep(until: .distantFuture)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(alarms.counts == (sleepers: 0, alarms: 0))
  }
}
