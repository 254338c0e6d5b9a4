import Concurrency

/// Runs every job of a simulation on one thread, in an order that the seed decides.
final class SeededExecutor: TaskExecutor {
  private let ready = Lock<[UnownedJob]>([])
  private let generator: Lock<SeededGenerator>

  init(seed: UInt64) { generator = Lock(SeededGenerator(seed: seed)) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    ready.withLock { $0.append(job) }
  }

  /// Runs one of the jobs that are ready; false where there is none.
  func step() -> Bool {
    let job = ready.withLock { ready -> UnownedJob? in
      guard !ready.isEmpty else { return nil }
      return ready.remove(at: generator.withLock { Int.random(in: 0..<ready.count, using: &$0) })
    }
    job?.runSynchronously(on: asUnownedTaskExecutor())
    return job != nil
  }
}
