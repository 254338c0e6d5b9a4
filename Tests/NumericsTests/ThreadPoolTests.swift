import Glibc
import Synchronization
import Testing

@testable import Numerics

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 3]) func everyIndexRunsOnceAndIsSeenAfterwards(threads: Int) {
    let pool = ThreadPool(threadCount: threads)
    for count in [0, 1, 2, 3, 17, 1000] {
      for _ in 0..<50 {
        let results = UnsafeMutableBufferPointer<Int>.allocate(capacity: count)
        defer { results.deallocate() }
        results.initialize(repeating: 0)
        pool.run(count) { index, worker in
          results[index] += index + 1
          if worker >= threads { results[index] = -1 }
        }
        #expect(results.elementsEqual(1..<count + 1))
      }
    }
  }

  @Test(arguments: [1, 2, 3]) func allThreadsAreInALoopTogetherEachAWorkerOfItsOwn(threads: Int) {
    let pool = ThreadPool(threadCount: threads)
    for _ in 0..<20 {
      let arrived = Counter()
      let calls = (0..<threads).map { _ in Counter() }
      pool.run(threads) { _, worker in
        _ = calls[worker].add(1)
        _ = arrived.add(1)
        while arrived.add(0) < threads { sched_yield() }  // nobody leaves before everybody is here
      }
      #expect(calls.allSatisfy { $0.add(0) == 1 })
    }
  }

  /// Hangs where a thread spins for ever.
  @Test(.timeLimit(.minutes(1))) func threadsSleepWhenNoLoopFollowsAndWakeForTheNext() {
    let pool = ThreadPool(threadCount: 3)
    for _ in 0..<3 {
      let arrived = Counter()
      pool.run(3) { _, _ in
        _ = arrived.add(1)
        while arrived.add(0) < 3 { sched_yield() }
      }
      while pool.parkedCount < 2 { sched_yield() }
    }
  }

  @Test func loopsThatAreDividedAreCounted() {
    let pool = ThreadPool(threadCount: 2)
    for count in [0, 1, 2, 50] { pool.run(count) { _, _ in } }
    #expect(pool.loopCount == 2)
    let alone = ThreadPool(threadCount: 1)
    alone.run(50) { _, _ in }
    #expect(alone.loopCount == 0)
  }

  @Test func aLoopInsideALoopRunsOnItsOwnThread() {
    let pool = ThreadPool(threadCount: 2)
    let total = Counter()
    pool.run(10) { _, _ in
      pool.run(10) { index, worker in
        #expect(worker == 0)
        _ = total.add(index)
      }
    }
    #expect(total.add(0) == 450)
  }

  @Test func loopsFromSeveralThreadsAllFinish() async {
    let pool = ThreadPool(threadCount: 2)
    let total = Counter()
    await withTaskGroup { group in
      for _ in 0..<4 {
        group.addTask { for _ in 0..<200 { pool.run(8) { index, _ in _ = total.add(index) } } }
      }
    }
    #expect(total.add(0) == 4 * 200 * 28)
  }

  @Test(arguments: [(0, 5), (1, 5), (4, 5), (1000, 7), (1000, 1)])
  func slicesCoverTheirRangeOnceInPiecesOfTheGrain(count: Int, grain: Int) {
    let pool = ThreadPool(threadCount: 3)
    let seen = (0..<count).map { _ in Counter() }
    pool.forEachSlice(of: count, grain: grain) { slice in
      #expect(slice.count >= min(grain, count))
      for index in slice { _ = seen[index].add(1) }
    }
    #expect(seen.allSatisfy { $0.add(0) == 1 })
  }

  private final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    func add(_ amount: Int) -> Int { value.add(amount, ordering: .relaxed).newValue }
  }
}
