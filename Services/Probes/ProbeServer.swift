import Concurrency
import NIOCore
import NIOHTTP1
import NIOPosix

/// Shows a process over HTTP, on a thread that does nothing else.
public final class ProbeServer: Sendable {
  /// Where it really listens: with the port that the system chose for port 0.
  public let address: ProbeAddress
  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel

  /// Listens at `address`; throws where it cannot be had.
  public init(
    showing probes: Probes, at address: ProbeAddress, within limits: Limits = Limits()
  ) async throws(ProbeError) {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
      let channel = try await Self.bootstrap(group, probes, limits).bind(host: address.host, port: address.port).get()
      self.channel = channel
      self.group = group
      self.address = ProbeAddress(host: address.host, port: channel.localAddress?.port ?? address.port)
    } catch {
      try? await group.shutdownGracefully()  // nothing runs on it
      throw ProbeError(.address, "metrics at \(address): \(error); choose another address, or none")
    }
  }

  /// Ends every connection, and its thread.
  public func close() async {
    try? await channel.close()  // an end is an end
    try? await group.shutdownGracefully()
  }

  private static func bootstrap(_ group: MultiThreadedEventLoopGroup, _ probes: Probes, _ limits: Limits)
    -> ServerBootstrap
  {
    let openCount = Lock(0)
    return ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: Int32(clamping: limits.backlog))
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        let isAdmitted = openCount.withLock { count in
          guard count < limits.connectionCount else { return false }
          count += 1
          return true
        }
        guard isAdmitted else { return channel.close() }
        channel.closeFuture.whenComplete { _ in openCount.withLock { $0 -= 1 } }
        return channel.eventLoop.makeCompletedFuture {
          try prepare(channel.pipeline.syncOperations, for: probes, within: limits)
        }
      }
  }

  /// What a connection passes through.
  static func prepare(_ pipeline: ChannelPipeline.SynchronousOperations, for probes: Probes, within limits: Limits)
    throws
  {
    try pipeline.addHandlers(
      RequestBound(byteCount: limits.requestByteCount), HTTPResponseEncoder(),
      ByteToMessageHandler(HTTPRequestDecoder()), ProbeHandler(probes, within: limits))
  }
}
