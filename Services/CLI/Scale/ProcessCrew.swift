import Concurrency
import Gateway
import Launch
import Logging
import RPC
import Telemetry

/// Vision workers that are processes of their own, and end with this one.
///
/// Each has a number that no other ever gets, so that a new one never meets the socket of one that is still finishing. The
/// gateway lets go of a worker first, and then it is told to stop: nothing is sent to a process that stops.
final class ProcessCrew: VisionCrew {
  /// Starts one process, which serves at an address on so many threads.
  typealias Launching = @Sendable (Address, _ threadCount: Int) throws -> Child

  /// More towers than that only wait for each other, on the largest machines that there are.
  private static let limit = 32
  /// Between the end of a process that is wanted and its next start: the first time, and at most.
  private static let rests = Duration.seconds(1) ... .seconds(30)

  private struct Member {
    let number: Int
    let address: Address
    let threadCount: Int
    var isWanted = true
    var child: Child?
  }

  private struct State {
    var members: [Member] = []
    var lastNumber = 0
  }

  private let place: @Sendable (Int) throws(ServiceError) -> Address
  private let launch: Launching
  private let clock: any MonotonicClock
  private let logger: Logger
  private let state = Lock(State())
  /// Bounded by the members.
  private let (joins, join) = AsyncStream.makeStream(of: Int.self)

  /// `place` says where the worker of a number serves.
  init(
    at place: @escaping @Sendable (Int) throws(ServiceError) -> Address, clock: any MonotonicClock, logger: Logger,
    launch: @escaping Launching
  ) {
    self.place = place
    self.launch = launch
    self.clock = clock
    self.logger = logger
  }

  var addresses: [Address] { state.withLock { $0.members.filter(\.isWanted).map(\.address) } }

  func scale(to count: Int, threadCount: Int?) throws(ServiceError) {
    guard count <= Self.limit else {
      throw ServiceError(.invalidRequest, "vision: at most \(Self.limit) processes are started, found \(count)")
    }
    let share = threadCount ?? max(1, Machine.coreCount / (count + 1))
    let started = try state.withLock { state throws(ServiceError) in
      let wanted = state.members.indices.filter { state.members[$0].isWanted }
      for index in wanted.dropFirst(count) { state.members[index].isWanted = false }
      var started: [Int] = []
      while wanted.count + started.count < count {
        let number = state.lastNumber + 1
        state.members.append(Member(number: number, address: try place(number), threadCount: share))
        state.lastNumber = number
        started.append(number)
      }
      return started
    }
    for number in started { join.yield(number) }
  }

  func released(_ address: Address) {
    let child = state.withLock { state in state.members.first { $0.address == address && !$0.isWanted }?.child }
    child?.stop()
  }

  /// Keeps those that are wanted running until the task is cancelled, and stops them all then.
  func run() async {
    await withDiscardingTaskGroup { group in
      for await number in joins { group.addTask { await self.keep(number) } }
      group.cancelAll()
    }
  }

  private func member(_ number: Int) -> Member? {
    state.withLock { state in state.members.first { $0.number == number && $0.isWanted } }
  }

  private func keep(_ number: Int) async {
    var rest = Self.rests.lowerBound
    while let member = member(number), !Task.isCancelled {
      let began = clock.now
      let end = await live(member)
      guard !Task.isCancelled, self.member(number) != nil else { break }
      if clock.now - began > Self.rests.upperBound { rest = Self.rests.lowerBound }
      logger.error("vision worker ended: \(end); it is started again", metadata: [LogKey.worker: "\(member.address)"])
      guard (try? await clock.sleep(for: rest)) != nil else { break }
      rest = min(rest * 2, Self.rests.upperBound)
    }
    state.withLock { $0.members.removeAll { $0.number == number } }
  }

  /// One life of a member; returns how it ended.
  private func live(_ member: Member) async -> String {
    let child: Child
    do { child = try launch(member.address, member.threadCount) } catch { return "\(error)" }
    let isWanted = state.withLock { state in
      guard let index = state.members.firstIndex(where: { $0.number == member.number }) else { return false }
      state.members[index].child = child
      return state.members[index].isWanted
    }
    // Between the decision and now it may have become one too many, and been released.
    if !isWanted { child.stop() }
    return await child.ended()
  }
}
