import Concurrency
import NIOCore
import RPC

/// The peers of a listener that have not shown their certificates yet: bounded in number and in time.
final class Handshakes: Sendable {
  private let limits: TransportLimits
  private let clock: any MonotonicClock
  private let refused: @Sendable (ServiceError) -> Void
  private let count = Lock(0)

  init(_ limits: TransportLimits, clock: any MonotonicClock, refused: @escaping @Sendable (ServiceError) -> Void) {
    self.limits = limits
    self.clock = clock
    self.refused = refused
  }

  /// Prepares a channel that was accepted; `taken` gets the link where the peer's certificate is good. Throws where there
  /// are too many.
  func begin(
    on channel: any NIOCore.Channel, with peer: String, _ security: Security, _ holdings: Holdings,
    taken: @escaping @Sendable (SecureLink) -> Void
  ) throws {
    let hasRoom = count.withLock { count in
      guard count < limits.handshakeCount else { return false }
      count += 1
      return true
    }
    guard hasRoom else {
      let error = ServiceError(
        .overloaded, "\(peer): \(limits.handshakeCount) peers are already showing their certificates")
      refused(error)
      throw error
    }
    let stream = SecureStream(taking: channel, holdings)
    let alarm = Alarm(at: clock.now + limits.handshakeTimeout, of: clock, on: channel.eventLoop) {
      channel.pipeline.fireErrorCaught(HandshakeFailure.stalled)
    }
    let opening = Opening(.accepted, with: peer, alarm) { [self] result in
      count.withLock { $0 -= 1 }
      switch result {
      case .success: taken(SecureLink(stream, peer: peer))
      // Whom this side sends away while it closes is no peer to speak of.
      case .failure(let error): if !stream.isEnding { refused(error) }
      }
    }
    do {
      try channel.pipeline.syncOperations.addHandlers(security.server, opening, FrameHandler(stream, holdings))
    } catch {
      opening.settle(.failure(ServiceError(.unavailable, "\(peer): \(error)")))
      throw error
    }
  }
}
