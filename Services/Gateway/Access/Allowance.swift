import Concurrency
import Contracts
import RPC

/// What one caller has under way and has spent; decides whether one question more is within its limits.
struct Allowance: Sendable {
  private(set) var inFlight = 0
  private var imageBytes = MinuteWindow()
  private var tokens = MinuteWindow()

  /// What a question was let in with.
  struct Grant: Equatable, Sendable {
    let imageByteCount: Int
    let tokenCount: Int
    let instant: Instant
  }

  /// Lets a question in that uploads so many bytes and may be answered with so many tokens, or throws `limitReached`
  /// with the time after which it would be.
  mutating func admit(
    _ caller: Caller, imageByteCount: Int, tokenCount: Int, at now: Instant
  ) throws(ServiceError) -> Grant {
    imageBytes.advance(to: now)
    tokens.advance(to: now)
    if let limit = caller.limits.requestsInFlight, inFlight >= limit {
      // Nobody knows when one ends; a second is the order of an answer.
      throw ServiceError(
        .limitReached, "'\(caller.name)' has \(inFlight) questions in progress, and may have \(limit)",
        retryAfter: .seconds(1))
    }
    try check("bytes of images", imageBytes, imageByteCount, caller.limits.imageBytesPerMinute, caller, now)
    try check("tokens of answers", tokens, tokenCount, caller.limits.tokensPerMinute, caller, now)
    // What has no limit is not counted: its sum would have no bound.
    let grant = Grant(
      imageByteCount: caller.limits.imageBytesPerMinute == nil ? 0 : imageByteCount,
      tokenCount: caller.limits.tokensPerMinute == nil ? 0 : tokenCount, instant: now)
    inFlight += 1
    imageBytes.spend(grant.imageByteCount, at: now)
    tokens.spend(grant.tokenCount, at: now)
    return grant
  }

  private func check(
    _ what: String, _ window: MinuteWindow, _ amount: Int, _ limit: Int?, _ caller: Caller, _ now: Instant
  ) throws(ServiceError) {
    guard let limit else { return }
    guard let wait = window.wait(for: amount, limit: limit, at: now) else {
      throw ServiceError(
        .limitReached,
        "the question takes \(amount) \(what), and '\(caller.name)' may have \(limit) per minute: ask for less")
    }
    guard wait > .zero else { return }
    throw ServiceError(
      .limitReached,
      "'\(caller.name)' has had \(window.total) of \(limit) \(what) within the last minute; \(amount) more do not fit",
      retryAfter: wait)
  }

  /// A question has ended; what it did not use of its grant is given back.
  mutating func finish(_ grant: Grant, imageByteCount: Int, tokenCount: Int) {
    inFlight -= 1
    imageBytes.refund(max(0, grant.imageByteCount - imageByteCount), spentAt: grant.instant)
    tokens.refund(max(0, grant.tokenCount - tokenCount), spentAt: grant.instant)
  }

  /// Whether forgetting it changes nothing.
  mutating func isIdle(at now: Instant) -> Bool {
    imageBytes.advance(to: now)
    tokens.advance(to: now)
    return inFlight == 0 && imageBytes.total == 0 && tokens.total == 0
  }
}
