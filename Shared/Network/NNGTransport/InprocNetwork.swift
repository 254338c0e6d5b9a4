import Concurrency
import RPC

/// Links between the tasks of one process that share a transport: frames change hands, and nothing is copied.
final class InprocNetwork: Sendable {
  private let listeners = Lock<[Address: Mailbox<InprocLink>]>([:])

  func connect(to address: Address) throws(ServiceError) -> InprocLink {
    let (client, server) = InprocLink.pair(at: address)
    guard listeners.withLock({ $0[address] })?.put(server) == true else {
      throw ServiceError(
        .unavailable, "cannot connect to \(address): nothing listens there; start the service, or correct the address")
    }
    return client
  }

  func listen(at address: Address) throws(ServiceError) -> InprocListener {
    let arrivals = Mailbox<InprocLink>(limit: TransportLimits.arrivalCount)
    let isFree = listeners.withLock { listeners in
      guard listeners[address] == nil else { return false }
      listeners[address] = arrivals
      return true
    }
    guard isFree else {
      throw ServiceError(
        .unavailable, "cannot listen at \(address): address in use by a running process; choose another address")
    }
    return InprocListener(at: address, arrivals) { self.listeners.withLock { $0[address] = nil } }
  }
}

final class InprocListener: Listener {
  let address: Address
  private let arrivals: Mailbox<InprocLink>
  private let leave: @Sendable () -> Void

  init(at address: Address, _ arrivals: Mailbox<InprocLink>, leave: @escaping @Sendable () -> Void) {
    self.address = address
    self.arrivals = arrivals
    self.leave = leave
  }

  func accept() async -> (any Link)? { await arrivals.take() }

  func close() async {
    leave()
    arrivals.finish(discarding: true)
  }
}

/// One end of a link within a process.
final class InprocLink: Link {
  let peer: String
  private let inbox: Mailbox<Frame>
  private let outbox: Mailbox<Frame>

  private init(peer: String, inbox: Mailbox<Frame>, outbox: Mailbox<Frame>) {
    self.peer = peer
    self.inbox = inbox
    self.outbox = outbox
  }

  static func pair(at address: Address) -> (client: InprocLink, server: InprocLink) {
    let toServer = Mailbox<Frame>(limit: TransportLimits.inboxFrameCount)
    let toClient = Mailbox<Frame>(limit: TransportLimits.inboxFrameCount)
    return (
      InprocLink(peer: "\(address)", inbox: toClient, outbox: toServer),
      InprocLink(peer: "\(address) (client)", inbox: toServer, outbox: toClient)
    )
  }

  deinit { close() }

  func send(_ frame: Frame) {
    // What the other transports would not let through ends the link here as well.
    guard frame.message.count <= Limits.messageByteCount, frame.byteCount <= Limits.frameByteCount, outbox.put(frame)
    else { return close() }
  }

  func receive() async -> Frame? { await inbox.take() }

  func close() {
    inbox.finish(discarding: true)
    outbox.finish()
  }
}
