import Checkpoint
import Concurrency
import Contracts
import RPC
import Serving

/// A decoder that needs every view of an image, and says nothing: what is measured is how soon it has them.
final class LookingDecoder: AnswerGenerating {
  let card: ModelCard
  private let clock: any MonotonicClock
  private let seen = Lock((duration: Duration.zero, viewCount: 0))

  init(of model: String, clock: any MonotonicClock) throws {
    card = try ModelCard(of: Checkpoint(ModelPaths(model)), precision: "", isDecoder: true)
    self.clock = clock
  }

  /// From the need for the last image to its last view.
  var last: (duration: Duration, viewCount: Int) { seen.withLock { $0 } }

  func generate(
    _ request: GenerateRequest, over exchange: any GenerationExchange, in context: CallContext
  ) async throws {
    let started = clock.now
    try await exchange.send(.need([0]))
    for _ in 0..<request.images[0].viewCount { _ = try await exchange.receive() }
    seen.withLock { $0 = (clock.now - started, request.images[0].viewCount) }
    let usage = Usage(promptTokens: 0, cachedTokens: 0, imageTokens: 0, completionTokens: 0)
    try await exchange.send(
      .finished(
        Finished(reason: .endOfSequence, usage: usage, timings: [], text: "", reference: .original, template: "")))
  }

  func health() async -> HealthReply { HealthReply(isReady: true, reason: "", gauges: []) }
}
