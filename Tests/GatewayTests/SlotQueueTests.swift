import Concurrency
import RPC
import Testing

@testable import Gateway

@Suite struct SlotQueueTests {
  private let queue = SlotQueue()
  private let woken = Lock<[String]>([])
  private let one: Address
  private let other: Address

  init() throws {
    one = try Address("inproc://one")
    other = try Address("inproc://other")
  }

  /// Has `name` wait in `group`, and returns once it stands in line.
  private func wait(
    _ name: String, _ ticket: SlotQueue.Ticket, for workers: Set<Address>,
    in group: inout ThrowingTaskGroup<Void, any Error>
  ) async {
    let count = queue.count
    group.addTask {
      let freed = try await queue.wait(ticket, for: workers, after: queue.generation)
      #expect(freed.map { workers.contains($0) } == true)
      woken.withLock { $0.append(name) }
    }
    while queue.count == count { await Task.yield() }
  }

  @Test func aFreePlaceGoesToTheFirstThatItIsOfUseTo() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      await wait("other's", queue.ticket(), for: [other], in: &group)
      await wait("one's", queue.ticket(), for: [one], in: &group)
      await wait("anyone's", queue.ticket(), for: [one, other], in: &group)
      for _ in 0..<2 {
        queue.freed(one)
        try await group.next()
      }
      #expect(woken.withLock { $0 } == ["one's", "anyone's"])
      queue.freed(one)
      #expect(queue.count == 1)
      queue.freed(other)
      try await group.next()
    }
    #expect(woken.withLock { $0 } == ["one's", "anyone's", "other's"])
  }

  @Test func whoWaitsAgainKeepsItsPlaceInLine() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      let (early, late) = (queue.ticket(), queue.ticket())
      await wait("late", late, for: [one], in: &group)
      await wait("early", early, for: [one], in: &group)
      for _ in 0..<2 {
        queue.freed(one)
        try await group.next()
      }
    }
    #expect(woken.withLock { $0 } == ["early", "late"])
  }

  @Test func aChangeBeforeTheWaitEndsIt() async throws {
    let generation = queue.generation
    queue.freed(other)
    #expect(try await queue.wait(queue.ticket(), for: [one], after: generation) == nil)
    #expect(queue.count == 0)
  }

  @Test func whoIsCancelledLeavesTheLine() async throws {
    await #expect(throws: CancellationError.self) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        await wait("nobody", queue.ticket(), for: [one], in: &group)
        group.cancelAll()
        try await group.next()
      }
    }
    #expect(queue.count == 0)
    #expect(woken.withLock { $0.isEmpty })
  }
}
