import CNNG
import Concurrency
import Glibc
import RPC

/// What a socket tells its owner. Called on nng's threads, so never for long; nothing here may wait.
protocol SocketEvents: Sendable {
  /// Whether a new connection may stay. Comes before its first message.
  func admits(_ pipe: nng_pipe) -> Bool
  /// A message came. It may come after its connection has ended.
  func arrived(_ message: consuming Message, at socket: Socket)
  func ended(_ pipe: nng_pipe, at socket: Socket)
  /// The last event: the socket is closed.
  func closed()
}

/// One raw nng socket: a receive that is always armed, sends that nobody waits for, and connections that come and go.
///
/// There is exactly one receive at a time, since with two their callbacks could overtake each other.
/// `close` is final, and may be called from anywhere: the blocking part has a thread of its own.
final class Socket: @unchecked Sendable {  // sound: nng's calls are thread-safe, all else is constant or under the lock
  enum Role { case request, reply }

  private struct Guarded {
    var isClosing = false
    /// When a thread went to connect, until it is back.
    var dialedAt: ContinuousClock.Instant?
    /// Sends and the receive that nng still has, and the socket itself.
    var pending = 1
    var spares: [SendOperation] = []
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  let raw: nng_socket
  let ledger: Ledger
  private let events: any SocketEvents
  private let guarded = Lock(Guarded())

  /// Opens a socket that neither dials nor listens yet.
  init(
    _ role: Role, for address: Address, limit: Int, ledger: Ledger, events: any SocketEvents
  ) throws(ServiceError) {
    var raw = nng_socket()
    try check(role == .request ? nng_req0_open_raw(&raw) : nng_rep0_open_raw(&raw), "open a socket for", address)
    self.raw = raw
    self.ledger = ledger
    self.events = events
    ledger.opened(self)
    // Released by `close`, once nng_close has returned: no callback comes after that.
    let owner = Unmanaged.passRetained(self).toOpaque()
    do throws(ServiceError) {
      try setUp(limit: limit, owner: owner, for: address)
    } catch {
      close()
      throw error
    }
  }

  private func setUp(limit: Int, owner: UnsafeMutableRawPointer, for address: Address) throws(ServiceError) {
    // A connection that is lost stays lost: whoever needs the peer again opens another socket. `admits` sees to it
    // as well, since nng draws the pause at random and may draw none.
    let pause: nng_duration = 1 << 30
    let action = "set up a socket for"
    try check(nng_socket_set_size(raw, NNG_OPT_RECVMAXSZ, limit), action, address)
    try check(nng_socket_set_ms(raw, NNG_OPT_RECONNMINT, pause), action, address)
    try check(nng_socket_set_ms(raw, NNG_OPT_RECONNMAXT, pause), action, address)
    for event in [NNG_PIPE_EV_ADD_PRE, NNG_PIPE_EV_REM_POST] {
      try check(nng_pipe_notify(raw, event, { Socket.notify($0, $1, $2) }, owner), action, address)
    }
    guard let receive = ReceiveOperation(on: self) else {
      throw ServiceError(nng: Int32(NNG_ENOMEM.rawValue), action, address)
    }
    receive.arm()
  }

  /// Ends the socket, every connection of it, and what is under way.
  func close() {
    let (isFirst, spares, dialedAt) = guarded.withLock { guarded in
      defer { (guarded.isClosing, guarded.spares) = (true, []) }
      return (!guarded.isClosing, guarded.spares, guarded.dialedAt)
    }
    guard isFirst else { return }
    BlockingThread.start {
      Self.letDialingBegin(since: dialedAt)
      nng_close(self.raw)
      for spare in spares { spare.free() }
      self.events.closed()
      self.finishPending()
      Unmanaged.passUnretained(self).release()
    }
  }

  /// nng waits for ever for a dial that was closed before it began, and does not say when it begins (nni_dialer_start).
  private static func letDialingBegin(since dialedAt: ContinuousClock.Instant?) {
    let grace: Duration = .milliseconds(50)
    guard let dialedAt, case let rest = dialedAt + grace - .now, rest > .zero else { return }
    usleep(UInt32(rest / .microseconds(1)))
  }

  /// Returns when nng holds nothing of this socket any more.
  func closed() async {
    await withCheckedContinuation { continuation in
      let isOver = guarded.withLock { guarded in
        guard guarded.pending > 0 else { return true }
        guarded.waiters.append(continuation)
        return false
      }
      if isOver { continuation.resume() }
    }
  }

  /// Gives nng an operation, unless the socket is closing: then it does not, and says so.
  ///
  /// Under the lock, and here alone, since an operation that reaches nng's queues after they were closed would stay
  /// there for ever (nni_msgq_aio_put and _get do not look). nng never calls back from within.
  func begin(_ operation: () -> Void) -> Bool {
    guarded.withLock { guarded in
      guard !guarded.isClosing else { return false }
      guarded.pending += 1
      operation()
      return true
    }
  }

  /// Connects; blocks until nng's greetings are exchanged, they cannot be, or the socket is closed.
  func dial(_ address: Address) -> Int32 {
    let isOpen = guarded.withLock { guarded in
      guarded.dialedAt = .now
      return !guarded.isClosing
    }
    defer { guarded.withLock { $0.dialedAt = nil } }
    return isOpen ? nng_dial(raw, "\(address)", nil, 0) : Int32(NNG_ECLOSED.rawValue)
  }

  func finishPending() {
    let waiters = guarded.withLock { guarded -> [CheckedContinuation<Void, Never>]? in
      guarded.pending -= 1
      guard guarded.pending == 0 else { return nil }
      defer { guarded.waiters = [] }
      return guarded.waiters
    }
    guard let waiters else { return }
    ledger.closed(self)
    for waiter in waiters { waiter.resume() }
  }

  // MARK: Sending

  /// Gives `message` to nng, in the order of the calls, and does not wait. `done` is called when nng has taken it.
  func send(_ message: consuming Message, done: @escaping @Sendable () -> Void) {
    let spare = guarded.withLock { $0.spares.popLast() }
    guard let operation = spare ?? SendOperation() else { return done() }
    operation.start(message, on: self, done: done)
  }

  /// Keeps an operation for the next send, where there is one to come.
  func keep(_ operation: SendOperation) -> Bool {
    guarded.withLock { guarded in
      guard !guarded.isClosing, guarded.spares.count < TransportLimits.spareOperationCount else { return false }
      guarded.spares.append(operation)
      return true
    }
  }

  // MARK: What nng says

  func arrived(_ message: consuming Message) { events.arrived(message, at: self) }

  private static func notify(_ pipe: nng_pipe, _ event: nng_pipe_ev, _ owner: UnsafeMutableRawPointer?) {
    guard let owner else { return }
    let socket = Unmanaged<Socket>.fromOpaque(owner).takeUnretainedValue()
    if event == NNG_PIPE_EV_REM_POST {
      socket.events.ended(pipe, at: socket)
    } else if !socket.events.admits(pipe) {
      nng_pipe_close(pipe)
    }
  }
}
