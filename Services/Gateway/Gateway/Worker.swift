import Concurrency
import Contracts
import Logging
import RPC
import Routing
import Telemetry

/// One process that the gateway sends work to.
final class Worker: Sendable {
  private struct State {
    var card: ModelCard?
    var absence: ServiceError?
    var health: WorkerHealth<Instant>
    var meanSeconds = MovingMean()
    var inFlight = 0
    /// Pieces of work that have been done here.
    var servedCount = 0
    var lastFailure: ServiceError?
    /// An administrator has it get nothing new.
    var isDrained = false
    /// It is no member any more, and finishes what it has.
    var isLeaving = false
    var hasRetired = false

    static func health() -> WorkerHealth<Instant> { WorkerHealth { $0 + $1 } }
  }

  let address: Address
  let role: Role
  let channel: Channel
  private let clock: any MonotonicClock
  private let state: Lock<State>
  private let retired = Signal()
  private let peers: Peers

  /// `peers` compares it with its like. `changed` is called whenever the worker may have become ready, or no longer is.
  init(
    _ role: Role, at address: Address, among peers: Peers, over transport: any Transport, clock: any MonotonicClock,
    logger: Logger, changed: @escaping @Sendable () -> Void
  ) {
    self.role = role
    self.peers = peers
    self.address = address
    self.clock = clock
    let state = Lock(State(health: State.health()))
    self.state = state
    channel = Channel(
      to: address, over: transport, clock: clock, hello: { Hello(role: .gateway).greeting },
      greet: { bytes throws(ServiceError) in
        let hello = try Hello(greeting: bytes, expecting: [role])
        guard let card = hello.card else {
          throw ServiceError(.incompatible, "a \(role) without a model card (\(hello.build))")
        }
        // Another process than the one that failed.
        peers.withLock { $0.forget(address) }
        state.withLock { state in
          state.card = card
          state.health = State.health()
        }
      },
      changed: { channelState in
        let metadata: Logger.Metadata = [LogKey.worker: "\(address)"]
        switch channelState {
        case .open:
          state.withLock { $0.absence = nil }
          logger.notice("\(role) is here", metadata: metadata)
        case .connecting(let error?), .refused(let error):
          // Said once, and not at every attempt to reach it.
          let isNews = state.withLock { state in
            defer { state.absence = error }
            return state.absence?.code != error.code
          }
          if isNews { logger.warning("\(role) is not here: \(error.message)", metadata: metadata) }
        case .connecting(nil), .closed: break
        }
        changed()
      })
  }

  /// Keeps it connected until it has left and finished what it had, or the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.channel.run() }
      try? await retired.wait()  // cancelled with the gateway
      group.cancelAll()
    }
    peers.withLock { $0.forget(address) }
  }

  /// What it serves, while it is connected.
  var card: ModelCard? {
    guard case .open = channel.state else { return nil }
    return state.withLock { $0.card }
  }

  /// Why it is not connected.
  var absence: ServiceError? { state.withLock { $0.absence } }
  var lastFailure: ServiceError? { state.withLock { $0.lastFailure } }
  var inFlight: Int { state.withLock { $0.inFlight } }
  var servedCount: Int { state.withLock { $0.servedCount } }
  var load: LeastOutstanding.Load {
    state.withLock { LeastOutstanding.Load(inFlight: $0.inFlight, meanSeconds: $0.meanSeconds.value) }
  }

  /// Whether it is there for new work, however it is.
  var isOnDuty: Bool { channel.takesCalls && state.withLock { !$0.isDrained && !$0.isLeaving } }

  /// Whether work may be sent to it now.
  var isAdmitted: Bool {
    let now = clock.now
    return isOnDuty && state.withLock { $0.health.verdict(at: now) != .refuse }
  }

  /// An administrator has it get nothing new, or again what it may get.
  func drain(_ isDrained: Bool) { state.withLock { $0.isDrained = isDrained } }

  /// It gets nothing new from now on, since it is no member; false where it had left already.
  func leaves() -> Bool {
    state.withLock { state in
      defer { state.isLeaving = true }
      return !state.isLeaving
    }
  }

  /// It is a member again; false where it is too late for that.
  func stays() -> Bool {
    state.withLock { state in
      if !state.hasRetired { state.isLeaving = false }
      return !state.hasRetired
    }
  }

  /// Lets it go where it has left and has nothing more to do.
  func retireIfIdle() {
    let isOver = state.withLock { state in
      guard state.isLeaving, state.inFlight == 0, !state.hasRetired else { return false }
      state.hasRetired = true
      return true
    }
    if isOver { retired.raise() }
  }

  /// Takes a place for one piece of work and returns which in the line it is, from 1 on; nothing where `limit` are taken.
  /// `serving` gives it back.
  func take(limit: Int = .max) -> Int? {
    let now = clock.now
    return state.withLock { state in
      guard !state.isDrained, !state.isLeaving, state.inFlight < limit, state.health.verdict(at: now) != .refuse else {
        return nil
      }
      state.health.began(at: now)
      state.inFlight += 1
      return state.inFlight
    }
  }

  /// Does a piece of work for which a place was taken, and learns from it how the worker is, and, where it
  /// `isMeasured`, how long such work takes it: its share of the time in which it and others were done, whatever their order.
  func serving<Result>(isMeasured: Bool = false, _ work: () async throws -> Result) async throws -> Result {
    let (started, servedBefore) = (clock.now, servedCount)
    defer { retireIfIdle() }
    do {
      let result = try await work()
      let now = clock.now
      let seconds = state.withLock { state in
        state.inFlight -= 1
        state.servedCount += 1
        state.health.succeeded()
        let seconds = Double((now - started).nanoseconds) / 1e9 / Double(state.servedCount - servedBefore)
        if isMeasured { state.meanSeconds.add(seconds) }
        return seconds
      }
      peers.withLock { $0.ended(on: address, seconds: isMeasured ? seconds : nil, failed: false, at: now) }
      return result
    } catch {
      let failure = ServiceError(error)
      let now = clock.now
      // One that says that it has enough to do is not broken.
      let isItsFailure = failure.isTheWorkers && failure.code != .overloaded && !(error is ForeignFailure)
      if isItsFailure { peers.withLock { $0.ended(on: address, seconds: nil, failed: true, at: now) } }
      state.withLock { state in
        state.inFlight -= 1
        if isItsFailure {
          state.lastFailure = failure
          state.health.failed(at: now)
        } else {
          state.health.abandoned(at: now)
          // Given up while it was slow: it takes at least as long as that.
          let seconds = Double((now - started).nanoseconds) / 1e9 / Double(state.servedCount - servedBefore + 1)
          if isMeasured, let mean = state.meanSeconds.value, seconds > mean { state.meanSeconds.add(seconds) }
        }
      }
      throw error
    }
  }

  /// How it looks from here, without its own numbers.
  var status: WorkerStatus {
    let now = clock.now
    let state = state.withLock { $0 }
    let (name, reason) = condition(of: state, at: now)
    return WorkerStatus(
      address: "\(address)", role: role, state: name.rawValue, reason: reason, model: state.card?.name ?? "",
      inFlight: state.inFlight)
  }

  /// The states that a worker alone can be in.
  enum Condition: String, CaseIterable {
    case ready, suspect, resting, probing, ejected, connecting, refused, draining, drained
  }

  private func condition(of state: State, at now: Instant) -> (Condition, reason: String) {
    let failure = state.lastFailure?.message ?? ""
    if state.isDrained || state.isLeaving {
      return (
        state.inFlight > 0 ? .draining : .drained,
        state.isLeaving ? "no endpoint leads here any more" : "until llava drain --undo"
      )
    }
    switch (channel.state, state.health.state, state.health.verdict(at: now)) {
    case (.refused(let error), _, _): return (.refused, error.message)
    case (.connecting, _, _), (.closed, _, _): return (.connecting, state.absence?.message ?? "it has not answered yet")
    case (.open, _, _) where !channel.takesCalls: return (.draining, "it says that it stops")
    case (.open, .broken, .refuse): return (.resting, failure)
    case (.open, .broken, _), (.open, .probing, _): return (.probing, failure)
    case (.open, .healthy(let failures), _):
      if let reason = peers.withLock({ $0.reason(for: address, at: now) }) { return (.ejected, reason) }
      return failures == 0 ? (.ready, "") : (.suspect, failure)
    }
  }
}

/// What became of work on the workers of one role, to compare them by.
typealias Peers = Lock<OutlierEjection<Address, Instant>>
