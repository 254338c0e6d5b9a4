import Concurrency

/// A long prompt comes while four streams are under way: how long they wait for their next token, and how much longer the
/// prompt takes for it.
struct GapStage {
  private let bench: Bench
  private let model: BenchModel

  init(_ bench: Bench, _ model: BenchModel) {
    self.bench = bench
    self.model = model
  }

  private var depth: Int { bench.workload.depth }
  private var prefillName: String { "prefill \(depth) tokens beside \(Workload.gapStreamCount) streams" }
  private var gapName: String { "p99 gap of \(Workload.gapStreamCount) streams, prefill of \(depth) tokens" }

  func measured() async throws -> [Figure] {
    let repeats = bench.workload.repeats
    let measured = try await BenchEngine.with(bench, model) { engine in
      var (alone, together) = ([Double](), [(value: Interruption, limits: MachineLimits)]())
      // The scheduler learns from it what steps cost here.
      _ = try await engine.ask(engine.inquiry(number: 0, tokenCount: depth, tokenLimit: 1))
      for index in 0..<repeats {
        bench.progress.show(gapName, index, of: repeats)
        try Task.checkCancellation()
        let number = 1 + index * (2 + Workload.gapStreamCount)
        alone.append(
          try await engine.ask(engine.inquiry(number: number, tokenCount: depth, tokenLimit: 1))
            .seconds(untilToken: 0))
        together.append(
          try await bench.watch.around { try await interruption(of: engine, number: number + 1) })
      }
      return (alone, together)
    }
    let work = model.work
    let (alone, together) = measured
    return [
      Figure(.gap, gapName, samples: together.map { $0.value.gaps.quantile(0.99) }),
      Figure(.gap, prefillName, samples: together.map(\.value.prefill)).making(depth, "tokens")
        .needing([work.prefill(depth)], on: together.map(\.limits)).against(alone, "the same prefill alone"),
    ]
  }

  /// What one long prompt did to the streams.
  struct Interruption: Sendable, Equatable {
    /// Seconds between two tokens of a stream, of all streams.
    let gaps: [Double]
    /// Seconds until the prompt's first token.
    let prefill: Double

    /// Of each stream the times of its tokens; the gaps that count overlap `during`.
    init(streams: [[Instant]], during: ClosedRange<Instant>) {
      gaps = streams.flatMap { tokens in
        zip(tokens, tokens.dropFirst()).filter { $0.1 >= during.lowerBound && $0.0 <= during.upperBound }
          .map { ($0.1 - $0.0).inSeconds }
      }
      prefill = (during.upperBound - during.lowerBound).inSeconds
    }
  }

  /// Lets the streams get under way, asks the long prompt, and stops the streams after the token behind its end.
  private func interruption(of engine: BenchEngine, number: Int) async throws -> Interruption {
    let long = try engine.inquiry(number: number, tokenCount: depth, tokenLimit: 1)
    let streams = try (0..<Workload.gapStreamCount).map { stream in
      try engine.inquiry(
        number: number + 1 + stream, tokenCount: Workload.questionTokenCount, tokenLimit: bench.workload.gapTokenLimit)
    }
    let listener = StreamListener(streamCount: streams.count, clock: bench.clock)
    return try await withThrowingTaskGroup(of: Interruption?.self) { group in
      for (index, stream) in streams.enumerated() {
        group.addTask {
          _ = try await engine.ask(stream) { listener.said(by: index) }
          listener.ended(index)
          return nil
        }
      }
      group.addTask {
        try await listener.until { tokens in tokens.count >= Workload.gapLeadCount }
        let answer = try await engine.ask(long)
        let end = answer.tokens[0]
        try await listener.until { tokens in tokens.last.map { $0 > end } ?? false }
        return Interruption(streams: listener.tokens, during: answer.asked...end)
      }
      defer { group.cancelAll() }
      while let result = try await group.next() {
        if let result { return result }
      }
      throw CancellationError()
    }
  }
}
