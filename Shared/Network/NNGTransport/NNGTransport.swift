public import Concurrency
public import RPC

/// Links over nng's raw REQ and REP sockets: `inproc://`, `ipc://` and `tcp://`.
///
/// Everything that blocks has a thread of its own; what nng calls back only parses, queues and returns.
public final class NNGTransport: Transport {
  private let clock: any MonotonicClock
  private let limits: TransportLimits
  private let ledger = Ledger()

  public init(clock: any MonotonicClock, limits: TransportLimits = TransportLimits()) {
    self.clock = clock
    self.limits = limits
  }

  /// Messages that are ours and not yet freed; at rest there are none.
  public var liveMessageCount: Int { ledger.messageCount }

  /// Ends every link and listener, and returns when nng holds nothing of theirs.
  public func close() async {
    let sockets = ledger.sockets
    for socket in sockets { socket.close() }
    for socket in sockets { await socket.closed() }
  }

  /// Throws `unavailable`, saying what failed at which address; stops at once when the task is cancelled.
  public func connect(to address: Address) async throws -> any Link {
    let events = ClientEvents()
    let socket = try Socket(
      .request, for: address, limit: TransportLimits.messageByteCount, ledger: ledger, events: events)
    try await socket.connect(to: address, within: limits.connectTimeout, of: clock)
    return NNGLink(.client, peer: "\(address)", socket: socket, inbox: events.inbox)
  }

  /// Throws `unavailable` when the address cannot be had. Over ipc the directory is made, and a dead process's file
  /// replaced; closing ends the listener's links.
  public func listen(at address: Address) async throws -> any Listener {
    let events = ServerEvents(at: address, clock: clock)
    let socket = try Socket(
      .reply, for: address, limit: TransportLimits.messageByteCount, ledger: ledger, events: events)
    let point = await BlockingThread.run { [ledger] in
      Result { () throws(ServiceError) in
        var point = ListeningPoint(socket, at: address)
        try point.open(ledger: ledger)
        return point
      }
    }
    switch point {
    case .success(let point):
      return NNGListener(point, socket: socket, events: events, clock: clock, limits: limits)
    case .failure(let error):
      socket.close()
      throw error
    }
  }
}
