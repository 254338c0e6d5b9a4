import Concurrency
import NIOCore
import NIOPosix
import RPC

/// Accepts peers at one address, until closed. Whatever a peer does, the next one is accepted.
final class SecureListener: Listener, Gated {
  let gate = Lock(Gate())
  /// That it listens, or why it does not; nothing where it was closed first.
  let outcome = Mailbox<Result<Void, ServiceError>>(limit: 1)
  private let security: Security
  private let handshakes: Handshakes
  private let holdings: Holdings
  private let refused: @Sendable (ServiceError) -> Void
  private let arrivals = Mailbox<SecureLink>(limit: TransportLimits.arrivalCount)
  private let bound: Lock<(address: Address, channel: (any NIOCore.Channel)?)>

  /// Connections that the kernel has accepted and we have not.
  private static let backlog: Int32 = 128

  init(
    at address: Address, _ security: Security, _ handshakes: Handshakes, _ holdings: Holdings,
    refused: @escaping @Sendable (ServiceError) -> Void
  ) {
    self.security = security
    self.handshakes = handshakes
    self.holdings = holdings
    self.refused = refused
    bound = Lock((address, nil))
    holdings.opened(self)
  }

  var address: Address { bound.withLock { $0.address } }

  func start(at socketAddress: SocketAddress, on group: any EventLoopGroup) {
    begin {
      ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: Self.backlog)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .serverChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try self.prepare(channel) }
        }
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try self.greet(channel) }
        }
        .bind(to: socketAddress)
        .whenComplete { result in
          self.listens(result)
          self.finish()
        }
    }
  }

  func accept() async -> (any Link)? { await arrivals.take() }

  func close() async {
    end()
    await ended()
  }

  func shut() {
    outcome.finish(discarding: true)
    arrivals.finish(discarding: true)
    bound.withLock { $0.channel }?.close(promise: nil)
  }

  func free() {
    holdings.ended(self)
    freed()
  }

  /// Rests after an accept that failed, and says why it did.
  private func prepare(_ channel: any NIOCore.Channel) throws {
    try channel.pipeline.syncOperations.addHandlers(
      AcceptBackoffHandler { _ in .nanoseconds(TransportLimits.acceptRest.nanoseconds) },
      AcceptFailures { [refused, address] in refused(ServiceError($0, whenTryingTo: "accept at", address)) })
  }

  private func greet(_ channel: any NIOCore.Channel) throws {
    let peer = address.peer(at: channel.remoteAddress)
    try handshakes.begin(on: channel, with: peer, security, holdings) { link in
      _ = self.arrivals.put(link)  // one too many is closed with its last reference
    }
  }

  private func listens(_ result: Result<any NIOCore.Channel, any Error>) {
    do {
      let channel = try result.get()
      let address = try address.bound(to: channel.localAddress?.port ?? 0)
      bound.withLock { $0 = (address, channel) }
      let isOpen = begin {
        channel.closeFuture.whenComplete { _ in
          self.end()
          self.finish()
        }
      }
      guard isOpen else { return channel.close(promise: nil) }
      _ = outcome.put(.success(()))
    } catch {
      _ = outcome.put(.failure(ServiceError(error, whenTryingTo: "listen at", address)))
    }
  }
}

/// Hears of accepts that failed.
private final class AcceptFailures: ChannelInboundHandler {
  typealias InboundIn = any NIOCore.Channel

  private let heard: (any Error) -> Void

  init(_ heard: @escaping (any Error) -> Void) { self.heard = heard }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { heard(error) }
}
