import Clusters
import Concurrency
import Programs
import RPC

/// Brings a cluster into a phase, by what its clients and its metrics say.
struct Scene {
  let site: Site
  let audience: Audience

  /// The worker that has the work of the phase, by the kind of process.
  struct Workers {
    var vision = Site.vision[0]
    var decoder = Site.decoders[0]
  }

  /// As many questions as the two vision workers have places, four each, and some more.
  private static let queueingCount = 10
  /// Tokens of the long prompt after which there is still more than one step to come, of 512 at most.
  private static let readTokenCounts = 1.0..<2000
  /// How often a phase is tried for that is over before it can be held.
  private static let attempts = 20

  /// Returns once the questions that it asked are there, and stay there.
  func reach(_ phase: Phase) async throws -> Workers {
    // Somebody else's stream, which the fault should not touch, or should end with an error.
    if phase != .idle { try await begun(Question.describing[0]) }
    switch phase {
    case .idle: return Workers()
    case .queued: return try await queued()
    case .encoding: return try await encoding().workers
    case .featuresInFlight: return try await featuresInFlight()
    case .prefill: return try await prefill()
    case .midStream: return try await midStream()
    }
  }

  /// A stream whose client has stopped reading after its first tokens.
  @discardableResult private func begun(_ question: Question) async throws -> Asked {
    let asked = audience.ask(question, isHeld: true)
    try await asked.reaches("its first tokens") { $0.tokens.count >= Asked.heldTokenCount }
    return asked
  }

  private func midStream() async throws -> Workers {
    var workers = Workers()
    for question in Question.describing.dropFirst() {
      workers = Self.workers(of: try await begun(question))
    }
    return workers
  }

  private func queued() async throws -> Workers {
    site.hold(Site.vision)
    var asked: [Asked] = []
    for index in 0..<Self.queueingCount {
      asked.append(audience.ask(Question.describing[index % Question.describing.count]))
    }
    // Nobody leaves the queue while they are stopped.
    while try await site.processes.numbersNow(of: "gateway")["llava_vision_queue_waiting"] == 0 {}
    return Self.workers(of: asked[0])
  }

  private func encoding() async throws -> (asked: Asked, workers: Workers) {
    site.hold(Site.vision)
    let asked = audience.ask(Question.describing[1])
    try await asked.reaches("its image to be encoded") { $0.stages.contains { $0.hasPrefix("encode on ") } }
    return (asked, Self.workers(of: asked))
  }

  /// Encoding begins once the decoder has said what it needs; what it is sent then, it cannot read.
  private func featuresInFlight() async throws -> Workers {
    let (asked, workers) = try await encoding()
    site.hold(Site.decoders)
    site.letGo(Site.vision)
    try await asked.reaches("its features to be sent") { $0.stages.last?.hasPrefix("generation on ") ?? false }
    return workers
  }

  private func prefill() async throws -> Workers {
    for _ in 0..<Self.attempts {
      let before = try await readTokens()
      let asked = audience.ask(Question.long)
      var now = before
      while now == before { now = try await readTokens() }
      site.hold(Site.decoders)
      let decoder = now.indices.first { Self.readTokenCounts.contains(now[$0] - before[$0]) }
      if let decoder, asked.heard.state.tokens.isEmpty, asked.heard.state.outcome == nil {
        var workers = Self.workers(of: asked)
        workers.decoder = Site.decoders[decoder]
        return workers
      }
      site.letGo(Site.decoders)
      _ = try await asked.outcome()
    }
    throw ServiceError(.internalFailure, "a prompt was read before it could be held, \(Self.attempts) times")
  }

  private func readTokens() async throws -> [Double] {
    var counts: [Double] = []
    for name in Site.decoders {
      counts.append(try await site.processes.numbersNow(of: name)["llava_decoder_prefill_tokens_total"] ?? 0)
    }
    return counts
  }

  /// Where a question is, or was, by what its client was told.
  private static func workers(of asked: Asked) -> Workers {
    var workers = Workers()
    let stages = asked.heard.state.stages
    if let vision = stages.last(where: { $0.hasPrefix("encode on ") }).flatMap(Site.process) { workers.vision = vision }
    if let decoder = stages.last(where: { $0.hasPrefix("generation on ") }).flatMap(Site.process) {
      workers.decoder = decoder
    }
    return workers
  }
}
