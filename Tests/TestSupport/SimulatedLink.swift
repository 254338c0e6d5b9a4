import Concurrency
import RPC

final class SimulatedListener: Listener {
  let address: Address
  let host: String
  let arrivals = Inbox<any Link>()
  private let transport: SimulatedTransport

  init(address: Address, host: String, on transport: SimulatedTransport) {
    self.address = address
    self.host = host
    self.transport = transport
  }

  func accept() async -> (any Link)? { await arrivals.next() }

  func close() async { die() }

  func die() {
    transport.closed(self)
    arrivals.finish()
  }
}

/// One end of a link.
final class SimulatedLink: Link {
  let name: String
  /// Whose end it is.
  let host: String
  let peer: String
  let inbox = Inbox<Frame>()
  let other = Lock<SimulatedLink?>(nil)
  private let transport: SimulatedTransport
  private let last = Lock(Instant(nanoseconds: 0))

  init(_ name: String, of host: String, peer: String, on transport: SimulatedTransport) {
    self.name = name
    self.host = host
    self.peer = peer
    self.transport = transport
  }

  func send(_ frame: Frame) {
    guard !inbox.isFinished, let other = other.withLock({ $0 }) else { return }
    last.withLock { $0 = transport.deliver(frame, from: host, to: other, after: $0) }
  }

  func receive() async -> Frame? { await inbox.next() }

  func close() {
    guard inbox.finish() else { return }
    transport.closed(self)
    if let other = other.withLock({ $0.take() }) {
      transport.deliverEnd(from: host, to: other, after: last.withLock { $0 })
    }
  }
}
