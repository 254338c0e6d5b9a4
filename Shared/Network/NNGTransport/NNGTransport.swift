public import Concurrency
public import RPC

/// Links over nng: byte streams with frames on them for `ipc://`, `tcp://` and `tls+tcp://`, and plain hand-over for
/// `inproc://`, whose names are those of one transport.
///
/// nng's protocol sockets are not used. In nng 1.5.2 a peer that connects and goes can end a listener for ever, replies
/// beyond 64 are dropped, and closing a connection on which a message arrives blocks every later close in the process
/// (the pipe's receive is started on a stopped operation and never ends). Its streams have none of this.
public final class NNGTransport: Transport {
  private let clock: any MonotonicClock
  private let limits: TransportLimits
  private let ledger = Ledger()
  private let inproc = InprocNetwork()
  private let credentials: TLSCredentials?
  private let refused: @Sendable (ServiceError) -> Void

  /// `credentials` are for `tls+tcp://`; `refused` hears of peers that a listener there did not take, and why.
  public init(
    clock: any MonotonicClock, limits: TransportLimits = TransportLimits(), credentials: TLSCredentials? = nil,
    refused: @escaping @Sendable (ServiceError) -> Void = { _ in }
  ) {
    self.clock = clock
    self.limits = limits
    self.credentials = credentials
    self.refused = refused
  }

  /// Messages being written or read; at rest there are none.
  public var liveMessageCount: Int { ledger.messageCount }

  /// Ends every link and listener over nng, and returns when nng holds nothing of theirs.
  public func close() async { await ledger.endAll() }

  /// Throws `unavailable`, saying what failed at which address, or `unauthenticated` where a certificate was not taken;
  /// stops at once when the task is cancelled.
  public func connect(to address: Address) async throws -> any Link {
    guard address.scheme != .inproc else { return try inproc.connect(to: address) }
    var stream = try await Dial(to: address, credentials).stream(within: limits.connectTimeout, of: clock)
    if address.scheme == .tls {
      stream = try await Opening.dialled(stream, to: address, within: limits.handshakeTimeout, of: clock, ledger)
    }
    return StreamLink(FrameStream(taking: stream.raw, isEncrypted: address.scheme == .tls, ledger), peer: "\(address)")
  }

  /// Throws `unavailable` when the address cannot be had. Over ipc the directory is made, and a dead process's file
  /// replaced.
  public func listen(at address: Address) async throws -> any Listener {
    guard address.scheme != .inproc else { return try inproc.listen(at: address) }
    let handshakes = Handshakes(limits, clock: clock, ledger, refused: refused)
    return try await BlockingThread.run { [ledger, credentials] in
      Result { () throws(ServiceError) in try StreamListener.listen(at: address, credentials, handshakes, ledger) }
    }.get()
  }
}
