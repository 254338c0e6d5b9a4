import Concurrency
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
public final class SimulatedTransport: Transport {
  private struct State {
    var policy = LinkPolicy()
    var listeners: [Address: SimulatedListener] = [:]
    var links: [SimulatedLink] = []
    var isPartitioned = false
    var nextLink = 0
  }

  private let simulation: Simulation
  private let state = Lock(State())

  public init(in simulation: Simulation) { self.simulation = simulation }

  public var policy: LinkPolicy {
    get { state.withLock { $0.policy } }
    set { state.withLock { $0.policy = newValue } }
  }

  /// From now on nothing arrives, and nobody hears that it does not.
  public func partition() { state.withLock { $0.isPartitioned = true } }
  public func heal() { state.withLock { $0.isPartitioned = false } }

  /// Breaks every link, as the death of a process does.
  public func breakLinks() {
    let links = state.withLock { state in
      defer { state.links.removeAll() }
      return state.links
    }
    for link in links { link.close() }
  }

  public func connect(to address: Address) async throws -> any Link {
    try await simulation.timeline.sleep(for: delay())
    let (listener, number) = state.withLock { state in
      state.nextLink += 1
      return (state.isPartitioned ? nil : state.listeners[address], state.nextLink)
    }
    guard let listener else {
      throw ServiceError(.unavailable, "cannot connect to \(address): nobody listens there")
    }
    let client = SimulatedLink("\(number)>", peer: "\(address)", on: self)
    let server = SimulatedLink("\(number)<", peer: "link \(number)", on: self)
    client.other.withLock { $0 = server }
    server.other.withLock { $0 = client }
    state.withLock { $0.links += [client, server] }
    listener.arrivals.push(server)
    return client
  }

  public func listen(at address: Address) async throws -> any Listener {
    let listener = SimulatedListener(address: address, on: self)
    let isFree = state.withLock { state in
      guard state.listeners[address] == nil else { return false }
      state.listeners[address] = listener
      return true
    }
    guard isFree else { throw ServiceError(.unavailable, "cannot listen at \(address): the address is in use") }
    return listener
  }

  fileprivate func closed(_ listener: SimulatedListener) {
    state.withLock { $0.listeners[listener.address] = nil }
  }

  fileprivate func closed(_ link: SimulatedLink) { state.withLock { $0.links.removeAll { $0 === link } } }

  private func delay() -> Duration {
    let range = policy.delay
    let nanoseconds = simulation.network.withLock {
      Int64.random(in: range.lowerBound.nanoseconds...range.upperBound.nanoseconds, using: &$0)
    }
    return .nanoseconds(nanoseconds)
  }

  /// Has a frame arrive at `link`, unless chance is against it; returns the instant, before which no later one arrives.
  fileprivate func deliver(_ frame: Frame, to link: SimulatedLink, after last: Instant) -> Instant {
    let policy = policy
    let chance = simulation.network.withLock { Double.random(in: 0..<1, using: &$0) }
    let at = max(last, simulation.timeline.now + delay())
    let isLost = state.withLock { $0.isPartitioned } || chance < policy.dropShare
    let isRepeated = !isLost && chance > 1 - policy.duplicateShare
    let fate = isLost ? " lost" : isRepeated ? " twice" : ""
    simulation.record(
      "\(link.name) \(frame.kind) call \(frame.call) sequence \(frame.sequence) bytes \(frame.byteCount)\(fate)")
    for _ in 0..<(isLost ? 0 : isRepeated ? 2 : 1) { simulation.timeline.plan(at: at) { link.inbox.push(frame) } }
    return at
  }

  fileprivate func deliverEnd(to link: SimulatedLink, after last: Instant) {
    simulation.timeline.plan(at: max(last, simulation.timeline.now + delay())) { link.close() }
  }
}

private final class SimulatedListener: Listener {
  let address: Address
  let arrivals = Inbox<any Link>()
  private let transport: SimulatedTransport

  init(address: Address, on transport: SimulatedTransport) {
    self.address = address
    self.transport = transport
  }

  func accept() async -> (any Link)? { await arrivals.next() }

  func close() async {
    transport.closed(self)
    arrivals.finish()
  }
}

private final class SimulatedLink: Link {
  let name: String
  let peer: String
  let inbox = Inbox<Frame>()
  let other = Lock<SimulatedLink?>(nil)
  private let transport: SimulatedTransport
  private let last = Lock(Instant(nanoseconds: 0))

  init(_ name: String, peer: String, on transport: SimulatedTransport) {
    self.name = name
    self.peer = peer
    self.transport = transport
  }

  func send(_ frame: Frame) {
    guard !inbox.isFinished, let other = other.withLock({ $0 }) else { return }
    last.withLock { $0 = transport.deliver(frame, to: other, after: $0) }
  }

  func receive() async -> Frame? { await inbox.next() }

  func close() {
    guard inbox.finish() else { return }
    transport.closed(self)
    if let other = other.withLock({ $0.take() }) { transport.deliverEnd(to: other, after: last.withLock { $0 }) }
  }
}
