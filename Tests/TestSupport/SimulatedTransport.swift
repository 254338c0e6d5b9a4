public import Concurrency
public import RPC

/// How a simulated network treats frames.
public struct LinkPolicy: Sendable {
  public var delay: ClosedRange<Duration> = .microseconds(10) ... .microseconds(200)
  /// Of a frame to be lost, and of one to arrive twice.
  public var dropShare = 0.0
  public var duplicateShare = 0.0

  public init() {}
}

/// Links inside a simulation: frames arrive in order, as late as the seed says, and may be lost or repeated.
///
/// As a transport it is that of a host without a name; `host` gives others, which can be cut off and can die alone.
public final class SimulatedTransport: Transport {
  private struct State {
    var policy = LinkPolicy()
    var listeners: [Address: SimulatedListener] = [:]
    var links: [SimulatedLink] = []
    var isPartitioned = false
    var parted: Set<Set<String>> = []
    var silentUntil: [String: Instant] = [:]
    var nextLink = 0

    func reaches(_ from: String, _ to: String) -> Bool { !isPartitioned && !parted.contains([from, to]) }
  }

  let simulation: Simulation
  private let state = Lock(State())

  public init(in simulation: Simulation) { self.simulation = simulation }

  public var policy: LinkPolicy {
    get { state.withLock { $0.policy } }
    set { state.withLock { $0.policy = newValue } }
  }

  /// The network as the process called `name` has it.
  public func host(_ name: String) -> SimulatedHost { SimulatedHost(name: name, network: self) }

  // MARK: Faults

  /// From now on nothing arrives, and nobody hears that it does not.
  public func partition() { state.withLock { $0.isPartitioned = true } }

  /// Everybody reaches everybody again, and nobody is silent.
  public func heal() {
    state.withLock { state in
      state.isPartitioned = false
      state.parted = []
      state.silentUntil = [:]
    }
  }

  /// The same between two hosts only.
  public func part(_ one: String, _ other: String) { state.withLock { _ = $0.parted.insert([one, other]) } }
  public func join(_ one: String, _ other: String) { state.withLock { _ = $0.parted.remove([one, other]) } }

  /// What `host` sends and should receive waits until `instant`, as when the process is stopped.
  public func silence(_ host: String, until instant: Instant) { state.withLock { $0.silentUntil[host] = instant } }

  /// Breaks every link, as the death of a process does.
  public func breakLinks() {
    for link in state.withLock({ $0.links }) { link.close() }
  }

  /// The process dies: its links break, and nobody listens at its addresses.
  public func crash(_ host: String) {
    let (links, listeners) = state.withLock { state in
      (state.links.filter { $0.host == host }, state.listeners.values.filter { $0.host == host })
    }
    for link in links { link.close() }
    for listener in listeners { listener.die() }
  }

  // MARK: Links

  public func connect(to address: Address) async throws -> any Link { try await connect(to: address, from: "") }
  public func listen(at address: Address) async throws -> any Listener { try await listen(at: address, on: "") }

  func connect(to address: Address, from host: String) async throws -> any Link {
    try await simulation.timeline.sleep(for: delay())
    let (listener, number) = state.withLock { state -> (SimulatedListener?, Int) in
      state.nextLink += 1
      guard let listener = state.listeners[address], state.reaches(host, listener.host) else {
        return (nil, state.nextLink)
      }
      return (listener, state.nextLink)
    }
    guard let listener else {
      throw ServiceError(.unavailable, "cannot connect to \(address): nobody listens there")
    }
    let client = SimulatedLink("\(number)>", of: host, peer: "\(address)", on: self)
    let server = SimulatedLink("\(number)<", of: listener.host, peer: "link \(number)", on: self)
    client.other.withLock { $0 = server }
    server.other.withLock { $0 = client }
    state.withLock { $0.links += [client, server] }
    listener.arrivals.push(server)
    return client
  }

  func listen(at address: Address, on host: String) async throws -> any Listener {
    let listener = SimulatedListener(address: address, host: host, on: self)
    let isFree = state.withLock { state in
      guard state.listeners[address] == nil else { return false }
      state.listeners[address] = listener
      return true
    }
    guard isFree else { throw ServiceError(.unavailable, "cannot listen at \(address): the address is in use") }
    return listener
  }

  /// The address is free again, unless another listens there already.
  func closed(_ listener: SimulatedListener) {
    state.withLock { if $0.listeners[listener.address] === listener { $0.listeners[listener.address] = nil } }
  }

  func closed(_ link: SimulatedLink) { state.withLock { $0.links.removeAll { $0 === link } } }

  private func delay() -> Duration {
    let range = policy.delay
    let nanoseconds = simulation.network.withLock {
      Int64.random(in: range.lowerBound.nanoseconds...range.upperBound.nanoseconds, using: &$0)
    }
    return .nanoseconds(nanoseconds)
  }

  /// When what is sent now arrives, and whether anything does.
  private func arrival(from host: String, to other: String) -> (at: Instant, isLost: Bool) {
    let at = simulation.timeline.now + delay()
    return state.withLock { state in
      (max(at, state.silentUntil[host] ?? at, state.silentUntil[other] ?? at), !state.reaches(host, other))
    }
  }

  /// Has a frame arrive at `link`, unless chance is against it; returns the instant, before which no later one arrives.
  func deliver(_ frame: Frame, from host: String, to link: SimulatedLink, after last: Instant) -> Instant {
    let policy = policy
    let chance = simulation.network.withLock { Double.random(in: 0..<1, using: &$0) }
    let arrival = arrival(from: host, to: link.host)
    let at = max(last, arrival.at)
    let isLost = arrival.isLost || chance < policy.dropShare
    let isRepeated = !isLost && chance > 1 - policy.duplicateShare
    let fate = isLost ? " lost" : isRepeated ? " twice" : ""
    simulation.record(
      "\(link.name) \(frame.kind) call \(frame.call) sequence \(frame.sequence) bytes \(frame.byteCount)\(fate)")
    for _ in 0..<(isLost ? 0 : isRepeated ? 2 : 1) { simulation.timeline.plan(at: at) { link.inbox.push(frame) } }
    return at
  }

  func deliverEnd(from host: String, to link: SimulatedLink, after last: Instant) {
    simulation.record("\(link.name) end of link")
    simulation.timeline.plan(at: max(last, arrival(from: host, to: link.host).at)) { link.close() }
  }
}

/// A simulated network as one of its hosts has it.
public struct SimulatedHost: Transport {
  let name: String
  let network: SimulatedTransport

  public func connect(to address: Address) async throws -> any Link {
    try await network.connect(to: address, from: name)
  }

  public func listen(at address: Address) async throws -> any Listener {
    try await network.listen(at: address, on: name)
  }
}
