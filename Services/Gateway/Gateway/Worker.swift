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
    var lastFailure: ServiceError?

    static func health() -> WorkerHealth<Instant> { WorkerHealth { $0 + $1 } }
  }

  let address: Address
  let role: Role
  let channel: Channel
  private let clock: any MonotonicClock
  private let state: Lock<State>

  /// `changed` is called whenever the worker may have become ready, or no longer is.
  init(
    _ role: Role, at address: Address, over transport: any Transport, clock: any MonotonicClock, logger: Logger,
    changed: @escaping @Sendable () -> Void
  ) {
    self.role = role
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
        state.withLock { state in
          state.card = card
          state.health = State.health()  // another process than the one that failed
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

  /// What it serves, while it is connected.
  var card: ModelCard? {
    guard case .open = channel.state else { return nil }
    return state.withLock { $0.card }
  }

  /// Why it is not connected.
  var absence: ServiceError? { state.withLock { $0.absence } }
  var lastFailure: ServiceError? { state.withLock { $0.lastFailure } }
  var inFlight: Int { state.withLock { $0.inFlight } }
  var load: LeastOutstanding.Load {
    state.withLock { LeastOutstanding.Load(inFlight: $0.inFlight, meanSeconds: $0.meanSeconds.value) }
  }

  /// Whether work may be sent to it now.
  var isAdmitted: Bool {
    let now = clock.now
    return state.withLock { $0.health.verdict(at: now) != .refuse }
  }

  /// Takes a place for one piece of work and returns which in the line it is, from 1 on; nothing where `limit` are taken.
  /// `serving` gives it back.
  func take(limit: Int = .max) -> Int? {
    let now = clock.now
    return state.withLock { state in
      guard state.inFlight < limit, state.health.verdict(at: now) != .refuse else { return nil }
      state.health.began(at: now)
      state.inFlight += 1
      return state.inFlight
    }
  }

  /// Does a piece of work for which a place was taken, and learns from it how the worker is, and, where the work is
  /// `measured`, how long such work takes it: its share of the time that those before it took as well.
  func serving<Result>(
    measured place: Int? = nil, _ work: () async throws -> Result
  ) async throws -> Result {
    let started = clock.now
    do {
      let result = try await work()
      let seconds = Double((clock.now - started).nanoseconds) / 1e9
      state.withLock { state in
        state.inFlight -= 1
        if let place { state.meanSeconds.add(seconds / Double(place)) }
        state.health.succeeded()
      }
      return result
    } catch {
      let failure = ServiceError(error)
      let now = clock.now
      state.withLock { state in
        state.inFlight -= 1
        if failure.isTheWorkers, !(error is FetchFailure) {
          state.lastFailure = failure
          state.health.failed(at: now)
        } else {
          state.health.abandoned(at: now)
          // Given up while it was slow: it takes at least as long as that.
          let seconds = Double((now - started).nanoseconds) / 1e9 / Double(place ?? 1)
          if place != nil, let mean = state.meanSeconds.value, seconds > mean { state.meanSeconds.add(seconds) }
        }
      }
      throw error
    }
  }

  /// How it looks from here, without its own numbers.
  var status: WorkerStatus {
    let now = clock.now
    let (card, absence, health, inFlight, failure) = state.withLock {
      ($0.card, $0.absence, $0.health, $0.inFlight, $0.lastFailure)
    }
    let (name, reason): (String, String) =
      switch (channel.state, health.state, health.verdict(at: now)) {
      case (.refused(let error), _, _): ("refused", error.message)
      case (.connecting, _, _), (.closed, _, _): ("connecting", absence?.message ?? "it has not answered yet")
      case (.open, .healthy(0), _): ("ready", "")
      case (.open, .healthy, _): ("suspect", failure?.message ?? "")
      case (.open, .broken, .refuse): ("resting", failure?.message ?? "")
      case (.open, .broken, _), (.open, .probing, _): ("probing", failure?.message ?? "")
      }
    return WorkerStatus(
      address: "\(address)", role: role, state: name, reason: reason, model: card?.name ?? "", inFlight: inFlight)
  }
}
