import Concurrency
import Contracts
import RPC
import TestSupport
import Testing

@testable import Access

/// The limits of a caller, as scripts of events on a clock that only the script moves.
struct AllowanceTests {
  private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

  private func refusal(_ body: () throws(ServiceError) -> Void) throws -> ServiceError {
    let error = try #require(throws: ServiceError.self) { try body() }
    #expect(error.code == .limitReached)
    return error
  }

  @Test func oneQuestionMoreThanAllowedIsRefusedUntilOneEnds() throws {
    let caller = Caller(name: "a", limits: CallerLimits(requestsInFlight: 2))
    var allowance = Allowance()
    let first = try allowance.admit(caller, imageByteCount: 1 << 30, tokenCount: 1 << 30, at: at(0))
    _ = try allowance.admit(caller, imageByteCount: 0, tokenCount: 0, at: at(0))
    let error = try refusal { () throws(ServiceError) in
      _ = try allowance.admit(caller, imageByteCount: 0, tokenCount: 0, at: at(3600))
    }
    #expect(error.retryAfter == .seconds(1) && error.message.contains("'a'"))
    allowance.finish(first, imageByteCount: 0, tokenCount: 0)
    _ = try allowance.admit(caller, imageByteCount: 0, tokenCount: 0, at: at(3600))
  }

  @Test func bytesOfImagesCountForAMinuteAndTheRefusalSaysHowLong() throws {
    let caller = Caller(name: "a", limits: CallerLimits(imageBytesPerMinute: 100))
    var allowance = Allowance()
    let grant = try allowance.admit(caller, imageByteCount: 70, tokenCount: 512, at: at(10))
    allowance.finish(grant, imageByteCount: 70, tokenCount: 3)
    let error = try refusal { () throws(ServiceError) in
      _ = try allowance.admit(caller, imageByteCount: 31, tokenCount: 512, at: at(20))
    }
    #expect(error.retryAfter == .seconds(50))
    _ = try allowance.admit(caller, imageByteCount: 30, tokenCount: 512, at: at(20))
    _ = try allowance.admit(caller, imageByteCount: 70, tokenCount: 512, at: at(70))
    let never = try refusal { () throws(ServiceError) in
      _ = try allowance.admit(caller, imageByteCount: 101, tokenCount: 512, at: at(7200))
    }
    #expect(never.retryAfter == nil)
  }

  @Test func tokensAreReservedAndWhatWasNotGeneratedIsGivenBack() throws {
    let caller = Caller(name: "a", limits: CallerLimits(tokensPerMinute: 600))
    var allowance = Allowance()
    let grant = try allowance.admit(caller, imageByteCount: 0, tokenCount: 512, at: at(0))
    let error = try refusal { () throws(ServiceError) in
      _ = try allowance.admit(caller, imageByteCount: 0, tokenCount: 512, at: at(1))
    }
    #expect(error.retryAfter == .seconds(59))
    allowance.finish(grant, imageByteCount: 0, tokenCount: 88)
    _ = try allowance.admit(caller, imageByteCount: 0, tokenCount: 512, at: at(1))
    _ = try refusal { () throws(ServiceError) in
      _ = try allowance.admit(caller, imageByteCount: 0, tokenCount: 1, at: at(59))
    }
    _ = try allowance.admit(caller, imageByteCount: 0, tokenCount: 88, at: at(60))
  }

  @Test func aRefusalSpendsNothing() throws {
    let caller = Caller(name: "a", limits: CallerLimits(imageBytesPerMinute: 10, tokensPerMinute: 10))
    var allowance = Allowance()
    for _ in 0..<100 {
      _ = try refusal { () throws(ServiceError) in
        _ = try allowance.admit(caller, imageByteCount: 10, tokenCount: 11, at: at(0))
      }
    }
    _ = try allowance.admit(caller, imageByteCount: 10, tokenCount: 10, at: at(0))
  }

  @Test func callersDoNotShareTheirLimitsAndThoseWhoAreIdleAreForgotten() async throws {
    let clock = ManualClock()
    let allowances = Allowances(clock: clock)
    let limits = CallerLimits(requestsInFlight: 1, tokensPerMinute: 10)
    for name in 0..<1000 {
      let caller = Caller(name: "\(name)", limits: limits)
      try await allowances.withGrant(caller, imageByteCount: 0, tokenCount: 10, refused: {}) { spending in
        for _ in 0..<10 { spending.generated() }
      }
    }
    #expect(allowances.rememberedCount == 1000)
    var refusedCount = 0
    await #expect(throws: ServiceError.self) {
      try await allowances.withGrant(
        Caller(name: "7", limits: limits), imageByteCount: 0, tokenCount: 1, refused: { refusedCount += 1 }
      ) { _ in }
    }
    #expect(refusedCount == 1)
    clock.advance(by: .seconds(61))
    try await allowances.withGrant(
      Caller(name: "7", limits: limits), imageByteCount: 0, tokenCount: 10, refused: {}
    ) { _ in }
    #expect(allowances.rememberedCount == 1)
  }
}
