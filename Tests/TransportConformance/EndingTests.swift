import Concurrency
import RPC
import Testing

/// Waits where the deadline of a call is waited for until `begun`; for the rest the clock that it stands on.
private struct LateDeadlines: MonotonicClock {
  let clock: any MonotonicClock
  let begun: Tally

  var now: Instant { clock.now }
  func sleep(until instant: Instant) async throws {
    if instant <= now { try await begun.reaches(1) }
    try await clock.sleep(until: instant)
  }
}

/// How a call ends before its time, over every transport.
@Suite(.timeLimit(.minutes(10))) struct EndingTests {
  @Test(arguments: TransportKind.allCases) func cancellingTheCallersTaskCancelsTheHandlers(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      let (begun, cancelled) = (Tally(), Tally())
      try await world.withCalls { call in
        begun.add()
        do { try await Tally().reaches(1) } catch is CancellationError { cancelled.add() }
      } _: { channel, _ in
        await withTaskGroup(of: ServiceError?.self) { group in
          group.addTask { await failure { _ = try await channel.unary(Request()) } }
          await #expect(throws: Never.self) { try await begun.reaches(1) }
          group.cancelAll()
          #expect(await group.next()??.code == .cancelled)
        }
        try await cancelled.reaches(1)
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func leavingACallEarlyCancelsItsHandler(_ kind: TransportKind) async throws {
    try await kind.run { world in
      let cancelled = Tally()
      try await world.withCalls { call in
        try await call.send(call.item)
        do { try await Tally().reaches(1) } catch is CancellationError { cancelled.add() }
      } _: { channel, _ in
        let number = try await channel.withCall(Request(0, 4)) { try await $0.next()?.number }
        #expect(number == 4)
        try await cancelled.reaches(1)
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func aPassedDeadlineEndsTheCallAndNamesTheStage(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      let (begun, cancelled) = (Tally(), Tally())
      let clock = LateDeadlines(clock: world.clock, begun: begun)
      try await world.withCalls(clock: clock) { call in
        call.enter("the third shelf")
        begun.add()
        do { try await Tally().reaches(1) } catch is CancellationError { cancelled.add() }
      } _: { channel, _ in
        let error = await failure { _ = try await channel.unary(Request(deadline: world.clock.now)) }
        #expect(error?.code == .deadlineExceeded)
        #expect(error?.message == "the deadline passed during the third shelf")
        try await cancelled.reaches(1)
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func theHandlersErrorArrivesWhole(_ kind: TransportKind) async throws {
    try await kind.run { world in
      let error = ServiceError(.limitReached, "größer als erlaubt: 3 of 2", retryAfter: .milliseconds(2500))
      try await world.withCalls { call in
        try await call.send(call.item)
        throw error
      } _: { channel, _ in
        try await channel.withCall(Request(0, 6)) { call in
          let number = try await call.next()?.number
          #expect(number == 6, "what was sent before the error is read before it")
          #expect(await failure { _ = try await call.next() } == error)
        }
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func callsBeyondTheCountAreOverloaded(_ kind: TransportKind) async throws {
    try await kind.run { world in
      var few = Limits.patient
      few.callCount = 2
      let (begun, finish) = (Tally(), Tally())
      for clientLimits in [few, .patient] {  // refused by the client itself, and by the server
        try await world.withCalls(limits: few, clientLimits: clientLimits) { call in
          begun.add()
          if call.method == 1 { try await finish.reaches(1) }
          try await call.send(call.item)
        } _: { channel, _ in
          try await channel.withCall(Request(1)) { first in
            let before = begun.count
            try await channel.withCall(Request(1)) { _ in
              try await begun.reaches(before + 1)
              #expect(await failure { _ = try await channel.unary(Request()) }?.code == .overloaded)
            }
            _ = first
          }
        }
      }
    }
  }
}
