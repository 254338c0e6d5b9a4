import Concurrency
import Contracts
import RPC
import Serving
import Telemetry

/// One question on its way: where it is, where its time went, and who listens.
final class Journey: Sendable {
  let context: CallContext
  private let answer: @Sendable (AskReply) async throws -> Void
  private let stopwatch: Lock<Stopwatch>
  private let started: Instant
  private let clock: any MonotonicClock
  private let said = Lock<[Int32]>([])
  private let firstToken: DurationMeter

  /// `firstToken` takes how long it took until the client could hear something.
  init(
    _ context: CallContext, clock: any MonotonicClock, firstToken: DurationMeter,
    reply: @escaping @Sendable (AskReply) async throws -> Void
  ) {
    self.firstToken = firstToken
    self.context = context
    self.clock = clock
    answer = reply
    started = clock.now
    stopwatch = Lock(Stopwatch(clock))
  }

  /// Names the stage to the deadline, and to the client who waits.
  func enter(_ stage: String) async {
    context.enter(stage)
    // A client that is gone is noticed by the call itself; a stage that it did not hear of is no failure.
    try? await answer(.stage(stage))
  }

  /// Throws where a token is not the one after the last: nobody hears of it then.
  func reply(_ reply: AskReply) async throws {
    if case .token(let token) = reply {
      let count = said.withLock { said in
        if said.count == token.index { said.append(token.id) }
        return said.count
      }
      guard count == token.index + 1 else {
        throw ServiceError(.internalFailure, "expected token \(count) of the answer, found token \(token.index)")
      }
      if count == 1 { firstToken.record(clock.now - started) }
    }
    try await answer(reply)
  }

  /// Tokens of the answer that the client has heard, which must not be said again.
  var spoken: [Int32] { said.withLock { $0 } }

  func lap(_ stage: String) { stopwatch.withLock { $0.lap(stage) } }

  /// The waterfall: this process's stages, then those of the workers, then the whole.
  func timings(with finished: Finished, _ seen: [Sight.Seen]) -> [Timing] {
    let total = Timing("total", microseconds: Int((clock.now - started).nanoseconds / 1000))
    let encoding = seen.flatMap { seen in
      seen.timings.map { Timing("image \($0.stage)", microseconds: $0.microseconds) }
    }
    return stopwatch.withLock { $0.timings } + encoding + finished.timings + [total]
  }
}
