public import Concurrency

/// When a request entered which stage in this process.
public final class StageLog: Sendable {
  /// Of a question about many pictures: the first tell enough.
  private static let limit = 64

  private let marks = Lock<[(name: String, at: Instant)]>([])

  public init() {}

  /// Remembers a stage; those beyond the limit are a part of the last.
  public func entered(_ stage: String, at now: Instant) {
    marks.withLock { marks in
      guard marks.count < Self.limit else { return }
      marks.append((stage, now))
    }
  }

  /// Each stage until the next one, of a request that took from `start` to `end`.
  public func stages(from start: Instant, to end: Instant) -> [TraceStage] {
    let marks = marks.withLock { $0 }.sorted { $0.at < $1.at }
    return marks.indices.map { index in
      let (name, at) = marks[index]
      let next = index + 1 < marks.count ? marks[index + 1].at : end
      return TraceStage(name: name, start: max(.zero, at - start), duration: max(.zero, min(next, end) - at))
    }
  }
}
