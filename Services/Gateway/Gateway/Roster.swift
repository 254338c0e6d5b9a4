import Concurrency
import Contracts
import Logging
import Members
import RPC
import Telemetry

/// The workers of one role, as their endpoints have them: who joins is connected, who leaves finishes what it has first.
///
/// Who has left goes on working until somebody of those who stay or join is connected: a fleet that is replaced as a whole
/// is never without anybody.
final class Roster: Sendable {
  private enum Start: Sendable {
    case worker(Worker)
    /// A name, which is resolved until it is no endpoint any more.
    case name(Endpoint)
  }

  private struct State {
    var membership = Membership()
    /// Members, and those that have left and still have work.
    var workers: [Worker] = []
    var watched: Set<Endpoint> = []
  }

  private let role: Role
  private let resolver: any Resolving
  private let clock: any MonotonicClock
  private let logger: Logger
  private let worker: @Sendable (Address, _ changed: @escaping @Sendable () -> Void) -> Worker
  private let changed: @Sendable () -> Void
  private let state = Lock(State())
  /// Bounded by the members and the endpoints that there are.
  private let (starts, start) = AsyncStream.makeStream(of: Start.self)

  /// `worker` makes one, and has it say when it has changed; `changed` is called then, and when some have come or gone.
  init(
    of role: Role, at endpoints: [Endpoint], resolver: any Resolving, clock: any MonotonicClock, logger: Logger,
    worker: @escaping @Sendable (Address, _ changed: @escaping @Sendable () -> Void) -> Worker,
    changed: @escaping @Sendable () -> Void
  ) {
    self.role = role
    self.resolver = resolver
    self.clock = clock
    self.logger = logger
    self.worker = worker
    self.changed = changed
    configure(endpoints)
  }

  /// Everybody who is here, also those who are leaving.
  var workers: [Worker] { state.withLock { $0.workers } }

  /// Takes other endpoints.
  @discardableResult
  func configure(_ endpoints: [Endpoint]) -> Membership.Change {
    let change = apply { $0.configure(endpoints) }
    let names = state.withLock { state in
      state.membership.names.filter { state.watched.insert($0).inserted }
    }
    for name in names { start.yield(.name(name)) }
    return change
  }

  /// Keeps members connected and names resolved until the task is cancelled. `released` hears of those who have left and
  /// have nothing more to do.
  func run(released: @escaping @Sendable (Address) -> Void) async {
    await withDiscardingTaskGroup { group in
      for await start in starts {
        switch start {
        case .worker(let worker):
          group.addTask {
            await worker.run()
            guard !Task.isCancelled else { return }
            self.state.withLock { state in state.workers.removeAll { $0 === worker } }
            self.logger.notice("\(self.role) has left", metadata: [LogKey.worker: "\(worker.address)"])
            self.changed()
            released(worker.address)
          }
        case .name(let endpoint): group.addTask { await self.watch(endpoint) }
        }
      }
      group.cancelAll()
    }
  }

  private func watch(_ endpoint: Endpoint) async {
    while isWatched(endpoint) {
      do {
        let numbers = try await resolver.addresses(of: endpoint.address.host ?? "")
        apply { $0.resolved(endpoint, to: numbers) }
      } catch {
        guard !Task.isCancelled else { return }
        if state.withLock({ $0.membership.failed(endpoint) }) {
          logger.warning("\(endpoint): \(error); what is known of it stays")
        }
      }
      guard (try? await clock.sleep(for: MemberLimits.resolveInterval)) != nil else { return }
    }
  }

  /// Whether it still is an endpoint; if not, its watch is over.
  private func isWatched(_ endpoint: Endpoint) -> Bool {
    state.withLock { state in
      if state.membership.names.contains(endpoint) { return true }
      state.watched.remove(endpoint)
      return false
    }
  }

  @discardableResult
  private func apply(_ event: (inout Membership) -> Membership.Change) -> Membership.Change {
    let (change, joined, surplus) = state.withLock { state in
      let surplus = state.membership.surplusCount
      let change = event(&state.membership)
      let joined = change.joined.filter { address in
        !state.workers.contains { $0.address == address && $0.stays() }
      }.map { worker($0) { [weak self] in self?.workerChanged() } }
      state.workers += joined
      return (change, joined, surplus == 0 ? state.membership.surplusCount : 0)
    }
    for worker in joined { start.yield(.worker(worker)) }
    if surplus > 0 {
      logger.error("\(role): \(surplus) addresses more than the \(MemberLimits.memberCount) that are used at most")
    }
    if change != Membership.Change() { workerChanged() }
    return change
  }

  /// Lets go of those who are no members, where there is somebody else or they are of no use.
  private func workerChanged() {
    let left = state.withLock { state in
      let members = Set(state.membership.addresses)
      let isServed = members.isEmpty || state.workers.contains { members.contains($0.address) && $0.card != nil }
      return state.workers.filter { worker in
        !members.contains(worker.address) && (isServed || worker.card == nil) && worker.leaves()
      }
    }
    for worker in left { worker.retireIfIdle() }
    changed()
  }
}
