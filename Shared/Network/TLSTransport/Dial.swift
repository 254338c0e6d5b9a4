import Concurrency
import NIOCore
import NIOPosix
import RPC

/// One attempt to connect: the name, the connection, the handshake.
final class Dial: Gated {
  let gate = Lock(Gate())
  /// The link, or why there is none; nothing where the attempt was ended.
  let outcome = Mailbox<Result<SecureLink, ServiceError>>(limit: 1)
  private let address: Address
  private let security: Security
  private let limits: TransportLimits
  private let clock: any MonotonicClock
  private let holdings: Holdings
  /// Channels that are no link yet: of a name with several addresses there may be two.
  private let channels = Lock<[any NIOCore.Channel]>([])

  /// The limit is our own, by the clock.
  private static let endless = TimeAmount.hours(24)

  init(
    to address: Address, _ security: Security, _ limits: TransportLimits, clock: any MonotonicClock, _ holdings: Holdings
  ) {
    self.address = address
    self.security = security
    self.limits = limits
    self.clock = clock
    self.holdings = holdings
    holdings.opened(self)
  }

  func start(_ target: Target, on group: any EventLoopGroup) {
    let loop = group.next()
    begin {
      let alarm = Alarm(at: clock.now + limits.connectTimeout, of: clock, on: loop) { self.giveUp() }
      ClientBootstrap(group: loop)
        .connectTimeout(Self.endless)
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try self.admit(channel) }
        }
        .connect(host: target.host, port: target.port)
        .whenComplete { result in
          alarm.switchOff()
          self.connected(result, self.address.certifiedHost ?? target.host)
          self.finish()
        }
    }
  }

  func shut() {
    outcome.finish(discarding: true)
    for channel in channels.withLock({ $0 }) { channel.close(promise: nil) }
  }

  func free() {
    holdings.ended(self)
    freed()
  }

  private func admit(_ channel: any NIOCore.Channel) throws {
    channels.withLock { $0.append(channel) }
    if outcome.isFinished { throw CancellationError() }
  }

  private func connected(_ result: Result<any NIOCore.Channel, any Error>, _ host: String) {
    switch result {
    case .success(let channel): shakeHands(on: channel, host)
    case .failure(let error): _ = outcome.put(.failure(ServiceError(error, whenTryingTo: "connect to", address)))
    }
  }

  private func shakeHands(on channel: any NIOCore.Channel, _ host: String) {
    let stream = SecureStream(taking: channel, holdings)
    let peer = "\(address)"
    let alarm = Alarm(at: clock.now + limits.handshakeTimeout, of: clock, on: channel.eventLoop) {
      channel.pipeline.fireErrorCaught(HandshakeFailure.stalled)
    }
    let opening = Opening(.dialled, with: peer, alarm) { [self] result in
      channels.withLock { $0 = [] }
      // An attempt that was ended meanwhile takes no link: it is closed with its last reference.
      _ = outcome.put(result.map { SecureLink(stream, peer: peer) })
    }
    do {
      try channel.pipeline.syncOperations.addHandlers(
        security.client(for: host), opening, FrameHandler(stream, holdings))
    } catch {
      opening.settle(.failure(HandshakeFailure(error).refusal(by: .dialled, of: peer)))
      stream.end()
    }
  }

  private func giveUp() {
    _ = outcome.put(
      .failure(
        ServiceError(
          .unavailable,
          "cannot connect to \(address): nobody answered within \(limits.connectTimeout); is the service there alive?")))
  }
}
