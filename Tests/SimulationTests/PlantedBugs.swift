import Concurrency
import Contracts
import FeatureTiers
import RPC
import Scheduling

@testable import Decoder

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

extension DecoderEngine {
  /// Lends a block, and forgets it.
  func loseBlock() { state.withLock { _ = $0.scheduler.lendFresh(1) } }
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
