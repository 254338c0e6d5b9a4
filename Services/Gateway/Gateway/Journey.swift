import Concurrency
import Contracts
import Serving
import Telemetry

/// One question on its way: where it is, where its time went, and who listens.
final class Journey: Sendable {
  let context: CallContext
  private let answer: @Sendable (AskReply) async throws -> Void
  private let stopwatch: Lock<Stopwatch>
  private let started: Instant
  private let clock: any MonotonicClock
  private let spoken = Lock(false)
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

  func reply(_ reply: AskReply) async throws {
    if case .token = reply,
      !spoken.withLock({ spoken in
        defer { spoken = true }
        return spoken
      })
    {
      firstToken.record(clock.now - started)
    }
    try await answer(reply)
  }

  /// Whether the client has heard a part of the answer, which must not be said again.
  var hasSpoken: Bool { spoken.withLock { $0 } }

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
