public import Concurrency

/// The way to one server: connects, connects again when the link is lost, and opens calls while there is one.
public final class Channel: Sendable {
  public enum State: Sendable {
    /// Not there, or no longer; why, once something has failed.
    case connecting(ServiceError?)
    case open(hello: [UInt8])
    /// It is there, but we do not get on; tried again, since it may be replaced.
    case refused(ServiceError)
    case closed
  }

  private struct Guarded {
    var state = State.connecting(nil)
    var connection: Connection?
    var waiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    var nextWaiter: UInt64 = 0
  }

  public let address: Address
  private let transport: any Transport
  private let clock: any MonotonicClock
  private let limits: Limits
  private let hello: @Sendable () -> [UInt8]
  private let greet: @Sendable ([UInt8]) throws(ServiceError) -> Void
  private let changed: @Sendable (State) -> Void
  private let guarded = Lock(Guarded())

  /// `greet` refuses the server by throwing. `changed` hears of every state, in order.
  public init(
    to address: Address, over transport: any Transport, clock: any MonotonicClock, limits: Limits = Limits(),
    hello: @escaping @Sendable () -> [UInt8], greet: @escaping @Sendable ([UInt8]) throws(ServiceError) -> Void,
    changed: @escaping @Sendable (State) -> Void = { _ in }
  ) {
    self.address = address
    self.transport = transport
    self.clock = clock
    self.limits = limits
    self.hello = hello
    self.greet = greet
    self.changed = changed
  }

  public var state: State { guarded.withLock { $0.state } }

  /// Whether a call could be opened now: the server is there, and has not said that it stops.
  public var takesCalls: Bool {
    guard let connection = guarded.withLock({ $0.connection }), case .open = connection.phase else { return false }
    return true
  }

  /// Keeps the channel open until the task is cancelled.
  public func run() async {
    var rest = limits.reconnectRest.lowerBound
    while !Task.isCancelled {
      let started = clock.now
      await connectOnce()
      if clock.now - started > limits.reconnectRest.upperBound { rest = limits.reconnectRest.lowerBound }
      guard (try? await clock.sleep(for: rest)) != nil else { break }
      rest = min(rest * 2, limits.reconnectRest.upperBound)
    }
    become(.closed)
  }

  private func connectOnce() async {
    do {
      let link = try await transport.connect(to: address)
      let connection = Connection(
        .client, over: link, clock: clock, limits: limits, closed: { error in self.lost(error) })
      _ = await connection.run(
        hello: hello(),
        greet: { [greet] hello throws(ServiceError) in
          try greet(hello)
          self.guarded.withLock { $0.connection = connection }
          connection.update { $0.greeted(answer: nil) }
          self.become(.open(hello: hello))
        }, answering: nil)
    } catch {
      lost(ServiceError(error))
    }
  }

  private func lost(_ error: ServiceError) {
    guarded.withLock { $0.connection = nil }
    become(error.code == .incompatible || error.code == .unauthenticated ? .refused(error) : .connecting(error))
  }

  private func become(_ state: State) {
    let waiters = guarded.withLock { guarded in
      guarded.state = state
      switch state {
      case .connecting: return [CheckedContinuation<Void, any Error>]()
      case .open, .refused, .closed:
        defer { guarded.waiters.removeAll() }
        return guarded.waiters.sorted { $0.key < $1.key }.map(\.value)
      }
    }
    changed(state)
    for waiter in waiters { waiter.resume() }
  }

  /// Returns when the channel is open; throws the refusal where there is one. Without end otherwise: give it a deadline.
  public func opened() async throws {
    while true {
      try Task.checkCancellation()
      switch state {
      case .open: return
      case .refused(let error): throw error
      case .closed: throw ServiceError(.unavailable, "\(address): the channel is closed")
      case .connecting: try await change()
      }
    }
  }

  private func change() async throws {
    let number = guarded.withLock { guarded in
      guarded.nextWaiter += 1
      return guarded.nextWaiter
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        let isOver = guarded.withLock { guarded in
          guard !Task.isCancelled, case .connecting = guarded.state else { return true }
          guarded.waiters[number] = waiter
          return false
        }
        if isOver { waiter.resume() }
      }
    } onCancel: {
      guarded.withLock { $0.waiters.removeValue(forKey: number) }?.resume(throwing: CancellationError())
    }
  }

  /// Opens a call for the length of `body`; whatever is still going on when it returns is cancelled at the server.
  ///
  /// Throws `unavailable`, with the last reason, while the channel is not open.
  public func withCall<Result>(_ request: Request, _ body: (Call) async throws -> Result) async throws -> Result {
    let (connection, state) = guarded.withLock { ($0.connection, $0.state) }
    guard let connection else { throw Self.absence(address, state) }
    let call = Call(number: try connection.open(request), connection: connection)
    defer { connection.leave(call.number) }
    return try await body(call)
  }

  private static func absence(_ address: Address, _ state: State) -> ServiceError {
    switch state {
    case .refused(let error): error
    case .connecting(let error?): ServiceError(.unavailable, "\(address) is not connected: \(error.message)")
    case .connecting(nil), .open: ServiceError(.unavailable, "\(address) is not connected yet")
    case .closed: ServiceError(.unavailable, "\(address): the channel is closed")
    }
  }

  /// One request, one item back.
  public func unary(_ request: Request) async throws -> Item {
    try await withCall(request) { call in
      call.finish()
      guard let item = try await call.next() else {
        throw ServiceError(.internalFailure, "\(address): the server ended a call without its answer")
      }
      // The end is waited for: an answer counts only once the server has said that it is whole.
      guard try await call.next() == nil else {
        throw ServiceError(.internalFailure, "\(address): the server sent two answers to one call")
      }
      return item
    }
  }
}
