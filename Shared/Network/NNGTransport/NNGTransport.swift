public import Concurrency
public import RPC

/// Links over nng: byte streams with frames on them for `ipc://` and `tcp://`, and plain hand-over for `inproc://`, whose
/// names are those of one transport.
///
/// nng's protocol sockets are not used. In nng 1.5.2 a peer that connects and goes can end a listener for ever, replies
/// beyond 64 are dropped, and closing a connection on which a message arrives blocks every later close in the process
/// (the pipe's receive is started on a stopped operation and never ends). Its streams have none of this.
public final class NNGTransport: Transport {
  private let clock: any MonotonicClock
  private let limits: TransportLimits
  private let holdings = Holdings()
  private let inproc = InprocNetwork()

  public init(clock: any MonotonicClock, limits: TransportLimits = TransportLimits()) {
    self.clock = clock
    self.limits = limits
  }

  /// Messages being written or read; at rest there are none.
  public var liveMessageCount: Int { holdings.messageCount }

  /// Ends every link and listener over nng, and returns when nng holds nothing of theirs.
  public func close() async { await holdings.endAll() }

  /// Throws `unavailable`, saying what failed at which address; stops at once when the task is cancelled.
  public func connect(to address: Address) async throws -> any Link {
    try check(address)
    guard address.scheme != .inproc else { return try inproc.connect(to: address) }
    let stream = try await Dial(to: address).stream(within: limits.connectTimeout, of: clock)
    return StreamLink(FrameStream(taking: stream.raw, holdings), peer: "\(address)")
  }

  /// Throws `unavailable` when the address cannot be had. Over ipc the directory is made, and a dead process's file
  /// replaced.
  public func listen(at address: Address) async throws -> any Listener {
    try check(address)
    guard address.scheme != .inproc else { return try inproc.listen(at: address) }
    return try await BlockingThread.run { [holdings] in
      Result { () throws(ServiceError) in try StreamListener.listen(at: address, holdings) }
    }.get()
  }

  private func check(_ address: Address) throws(ServiceError) {
    guard address.scheme != .tls else {
      throw ServiceError(.invalidRequest, "\(address): expected an address without TLS, which this transport lacks")
    }
  }
}
