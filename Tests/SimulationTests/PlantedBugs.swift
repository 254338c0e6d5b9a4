import Concurrency
import Contracts
import FeatureTiers
import RPC

/// A decoder that carries out some of its calls a second time, for nobody.
struct TwofoldDecoder: AnswerGenerating {
  let decoder: any AnswerGenerating

  func generate(
    _ request: GenerateRequest, over exchange: any GenerationExchange, in context: CallContext
  ) async throws {
    try await decoder.generate(request, over: exchange, in: context)
    // Only what needs no features can be done without the one who asked.
    guard request.images.isEmpty else { return }
    try await decoder.generate(request, over: Nobody(), in: context)
  }

  func health() async -> HealthReply { await decoder.health() }

  private struct Nobody: GenerationExchange {
    func send(_ reply: GenerateReply) async throws {}
    func receive() async throws -> (image: Int, view: Int, features: ViewFeatures)? { nil }
  }
}

/// A thread that loses the copies of blocks which are to be kept: what was lent for one never comes back.
struct LosingThread: ComputeThread {
  let thread: any ComputeThread
  let clock: any MonotonicClock

  func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    let result = try await thread.run(work)
    if Result.self == [UInt8].self { try await clock.sleep(until: .distantFuture) }
    return result
  }
}

/// A tier that now and then gives another view's features for those that it was asked for.
final class StaleTier: FeatureTier {
  private let tier: any FeatureTier
  private let first = Lock<TierKey?>(nil)

  init(_ tier: any FeatureTier) { self.tier = tier }

  func get(_ key: TierKey, by deadline: Instant) async throws -> [UInt8]? {
    guard try await tier.get(key, by: deadline) != nil else { return nil }
    return try await tier.get(first.withLock { $0 } ?? key, by: deadline)
  }

  func put(_ key: TierKey, _ value: [UInt8], by deadline: Instant) async throws {
    first.withLock { $0 = $0 ?? key }
    try await tier.put(key, value, by: deadline)
  }

  func lease(_ key: TierKey, for duration: Duration, by deadline: Instant) async throws -> TierLease? {
    try await tier.lease(key, for: duration, by: deadline)
  }

  func release(_ lease: TierLease, by deadline: Instant) async throws {
    try await tier.release(lease, by: deadline)
  }
}

/// Says yes to one in so many.
final class EveryNth: Sendable {
  private let count = Lock(0)
  private let period: Int

  init(_ period: Int) { self.period = period }

  func next() -> Bool {
    count.withLock { count in
      count += 1
      return count.isMultiple(of: period)
    }
  }
}
