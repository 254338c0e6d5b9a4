import Concurrency
import Contracts
import RPC
import TestSupport
import Testing

@testable import Serving

@Suite struct WaitForecastTests {
  /// `count` are in progress, and one is served every tenth of a second while others come.
  private func forecast(beside count: Int, services: Int = 40) -> WaitForecast {
    var forecast = WaitForecast()
    var now = Instant(nanoseconds: 0)
    for _ in 0..<services {
      forecast.left(at: now, wasServed: true, leaving: count)
      now = now + .milliseconds(100)
    }
    return forecast
  }

  @Test func aQueueMovesAsFastAsItMoved() {
    let forecast = forecast(beside: 40)
    #expect(forecast.wait(behind: 39) == .seconds(4))
    #expect(forecast.wait(behind: WaitForecast.queueCount - 1) == nil, "there is no queue")
  }

  @Test func nothingIsSaidBeforeEnoughIsKnown() {
    #expect(forecast(beside: 40, services: 30).wait(behind: 100) == nil)
    #expect(forecast(beside: WaitForecast.queueCount - 1, services: 1000).wait(behind: 100) == nil)
  }

  /// Services come in bursts; who waits behind 200 sees many of them pass.
  @Test func aBurstDoesNotMakeALongLineShort() throws {
    var forecast = WaitForecast()
    var now = Instant(nanoseconds: 0)
    for index in 0..<1000 {
      forecast.left(at: now, wasServed: true, leaving: 200)
      now = now + .milliseconds(index / 50 % 2 == 0 ? 10 : 190)
      guard index > 400 else { continue }
      let wait = try #require(forecast.wait(behind: 199))
      #expect(wait > .seconds(14) && wait < .seconds(26), "after \(index) services")
    }
  }

  @Test func aPauseWithoutAQueueIsNotSlowness() {
    var forecast = forecast(beside: 40)
    forecast.left(at: Instant(nanoseconds: 4_000_000_000), wasServed: true, leaving: 3)
    forecast.left(at: Instant(nanoseconds: 900_000_000_000), wasServed: true, leaving: 40)
    #expect(forecast.wait(behind: 39) == .seconds(4))
  }

  @Test func whoGivesUpIsNoService() {
    var forecast = forecast(beside: 40)
    for _ in 0..<100 { forecast.left(at: Instant(nanoseconds: 4_000_000_000), wasServed: false, leaving: 40) }
    #expect(forecast.wait(behind: 39) == .seconds(4))
  }

  /// A place is free, and yet who could not be served in time is refused, and told when to come again.
  @Test func whoWouldComeTooLateIsRefusedAtOnce() async throws {
    let clock = ManualClock()
    let admission = Admission(limit: 1000, of: "things", forecasts: true, clock: clock)
    let served = Signal()
    try await withThrowingTaskGroup(of: Void.self) { group in
      let doors = (0..<80).map { _ in Signal() }
      for door in doors {
        group.addTask { try await admission.withPlace { try await door.wait() } }
      }
      while admission.inProgress < doors.count { await Task.yield() }
      for (index, door) in doors.prefix(40).enumerated() {
        clock.advance(by: .milliseconds(100))
        door.raise()
        while admission.inProgress > doors.count - index - 1 { await Task.yield() }
      }
      // 40 are there, a tenth of a second each, and half as much more.
      let patient = CallContext(deadline: clock.now + .seconds(7), trace: TraceID(high: 0, low: 1))
      try await admission.withPlace(in: patient) { served.raise() }
      let hasty = CallContext(deadline: clock.now + .seconds(3), trace: TraceID(high: 0, low: 2))
      await #expect {
        try await admission.withPlace(in: hasty) { () }
      } throws: { error in
        guard let error = error as? ServiceError, let retry = error.retryAfter else { return false }
        return error.code == .overloaded && retry > .milliseconds(2850) && retry < .seconds(3)
      }
      try await admission.withPlace { () }
      for door in doors.dropFirst(40) { door.raise() }
      try await group.waitForAll()
    }
    try await served.wait()
  }
}
