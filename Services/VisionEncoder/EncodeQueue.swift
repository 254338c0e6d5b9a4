import DequeModule
import Numerics

/// Views that wait for the tower, oldest request first.
struct EncodeQueue {
  typealias Answer = CheckedContinuation<[Tensor], any Error>

  /// The views of one request, and who waits for them.
  struct Job {
    let id: Int
    let views: [[Float]]
    let answer: Answer
  }

  private(set) var waiting: Deque<Job> = []
  private(set) var running: [Int: Answer] = [:]
  /// Views of the pass that is under way.
  private var runningViewCount = 0

  /// Views that wait, or are being encoded.
  var viewCount: Int { waiting.reduce(runningViewCount) { $0 + $1.views.count } }

  mutating func append(_ job: Job) { waiting.append(job) }

  /// Takes the jobs of the next pass: as many as fit in order, but at least one.
  mutating func takeBatch(viewCount limit: Int) -> [Job] {
    var batch: [Job] = []
    var viewCount = 0
    while let job = waiting.first, batch.isEmpty || viewCount + job.views.count <= limit {
      waiting.removeFirst()
      running[job.id] = job.answer
      viewCount += job.views.count
      batch.append(job)
    }
    runningViewCount = viewCount
    return batch
  }

  /// Whether anybody still waits for a job; asked between layers.
  func isWanted(_ id: Int) -> Bool { running[id] != nil }

  mutating func finish(_ id: Int) -> Answer? { running.removeValue(forKey: id) }

  /// Forgets a job, waiting or running.
  mutating func cancel(_ id: Int) -> Answer? {
    if let index = waiting.firstIndex(where: { $0.id == id }) { return waiting.remove(at: index).answer }
    return running.removeValue(forKey: id)
  }
}
