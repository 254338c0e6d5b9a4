import Concurrency
import Contracts
import DequeModule
import RPC

/// The latest requests that have ended here, each with its stages: what `llava trace` asks for.
final class TraceRing: Sendable {
  /// Requests that are kept, of a few hundred bytes each: those of the last minutes.
  static let limit = 1024
  /// Records of one answer, a message of at most 64 KiB: a picture in many views has one for each.
  static let answerLimit = 32

  private struct Entry {
    let trace: TraceID
    let kind: String
    let outcome: String
    let began: Instant
    let ended: Instant
    let stages: [TraceStage]
  }

  private let entries = Lock<Deque<Entry>>([])

  /// A request has ended; the oldest one may be forgotten for it.
  func add(_ context: CallContext, kind: String, outcome: String, from began: Instant, to ended: Instant) {
    let entry = Entry(
      trace: context.trace, kind: kind, outcome: outcome, began: began, ended: ended,
      stages: context.stages.stages(from: began, to: ended))
    entries.withLock { entries in
      if entries.count == Self.limit { entries.removeFirst() }
      entries.append(entry)
    }
  }

  /// What is known of a trace at `now`, by its beginning.
  func records(of trace: TraceID, at now: Instant) -> [TraceRecord] {
    let found = entries.withLock { entries in entries.filter { $0.trace == trace } }
    return found.sorted { $0.began < $1.began }.prefix(Self.answerLimit).map { entry in
      TraceRecord(
        kind: entry.kind, outcome: entry.outcome, beganAgo: max(.zero, now - entry.began),
        duration: entry.ended - entry.began, stages: entry.stages)
    }
  }
}
