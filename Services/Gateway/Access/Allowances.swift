public import Concurrency
public import Contracts
import RPC

/// The limits of all callers. As many are remembered as have asked within a minute, or have something under way.
public final class Allowances: Sendable {
  private struct State {
    var callers: [String: Allowance] = [:]
    /// When those that are idle are forgotten next.
    var nextCleaning = Instant(nanoseconds: 0)
  }

  private let clock: any MonotonicClock
  private let state = Lock(State())

  public init(clock: any MonotonicClock) { self.clock = clock }

  /// What a question has used so far of what it was let in with.
  public final class Spending: Sendable {
    private let used = Lock((imageByteCount: 0, tokenCount: 0))

    public func uploaded(_ byteCount: Int) { used.withLock { $0.imageByteCount = byteCount } }
    public func generated() { used.withLock { $0.tokenCount += 1 } }

    fileprivate var amounts: (imageByteCount: Int, tokenCount: Int) { used.withLock { $0 } }
  }

  /// Runs `body` where `caller` may ask a question of this size, and gives back what it did not use; throws
  /// `limitReached` at once otherwise, and calls `refused`.
  public func withGrant<Result>(
    _ caller: Caller, imageByteCount: Int, tokenCount: Int, refused: () -> Void,
    _ body: (Spending) async throws -> Result
  ) async throws -> Result {
    let spending = Spending()
    guard caller.limits != CallerLimits() else { return try await body(spending) }
    let now = clock.now
    let grant: Allowance.Grant
    do throws(ServiceError) {
      grant = try state.withLock { state throws(ServiceError) in
        Self.clean(&state, at: now)
        return try state.callers[caller.name, default: Allowance()]
          .admit(caller, imageByteCount: imageByteCount, tokenCount: tokenCount, at: now)
      }
    } catch {
      refused()
      throw error
    }
    defer {
      let used = spending.amounts
      state.withLock { state in
        state.callers[caller.name]?.finish(grant, imageByteCount: used.imageByteCount, tokenCount: used.tokenCount)
      }
    }
    return try await body(spending)
  }

  /// Callers that are remembered now.
  var rememberedCount: Int { state.withLock { $0.callers.count } }

  private static func clean(_ state: inout State, at now: Instant) {
    guard now >= state.nextCleaning else { return }
    state.nextCleaning = now + .seconds(60)
    for name in state.callers.keys where state.callers[name]?.isIdle(at: now) == true { state.callers[name] = nil }
  }
}
