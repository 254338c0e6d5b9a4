import CKernels

/// The threads that math runs on: a fork-join pool that uses no CPU while idle.
///
/// One thread at a time gains from it. A loop started inside a loop, or while another thread is in one, runs on the
/// calling thread alone, so results never depend on who else computes.
public final class ThreadPool: @unchecked Sendable {  // sound: the C pool guards itself, and `pool` never changes
  /// The caller of a loop is one of them.
  public let threadCount: Int
  private let pool: OpaquePointer

  public init(threadCount: Int) {
    precondition(threadCount >= 1, "a pool needs a thread: expected at least 1, found \(threadCount)")
    guard let pool = llava_pool_create(threadCount) else {
      preconditionFailure("the system refused to start \(threadCount - 1) threads")
    }
    self.threadCount = threadCount
    self.pool = pool
  }

  deinit { llava_pool_destroy(pool) }

  /// Loops that were divided among the threads, since the start.
  var loopCount: Int { llava_pool_loops(pool) }

  /// Threads of the pool that sleep until the next loop; the caller is not among them.
  var parkedCount: Int { llava_pool_parked(pool) }

  /// Calls `body(index, worker)` once for each index below `count`, in any order and on any of the threads, and
  /// returns when all are done. `worker` is below `threadCount`, and no two calls of one loop have it at a time.
  ///
  /// `body` runs on several threads at once: it must write only what belongs to its index or its worker.
  func run(_ count: Int, _ body: (_ index: Int, _ worker: Int) -> Void) {
    typealias Body = (Int, Int) -> Void
    withoutActuallyEscaping(body) { escapable in
      // The C pool returns only when no thread is in the body any more, so the pointer outlives its uses.
      withUnsafePointer(to: escapable) { context in
        llava_pool_run(
          pool,
          { context, index, worker in
            context!.assumingMemoryBound(to: Body.self).pointee(index, worker)
          }, UnsafeMutableRawPointer(mutating: context), count)
      }
    }
  }

  /// Calls `body` on ranges that together are `0..<count`, of at least `grain` each where there are several.
  func forEachSlice(of count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    // Four slices for each thread: one that is held up by another program costs the rest little.
    let sliceCount = max(1, min(count / max(1, grain), threadCount == 1 ? 1 : threadCount * 4))
    run(sliceCount) { slice, _ in
      body(count * slice / sliceCount..<count * (slice + 1) / sliceCount)
    }
  }
}
