import Concurrency
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import RPC

/// A peer that speaks TLS, with a certificate or without, and then whatever a test says.
final class TLSPeer: Sendable {
  /// What it hears; ends with the connection.
  let heard: Mailbox<[UInt8]>
  private let channel: any NIOCore.Channel

  /// How its connection breaks off, once so many bytes have gone out.
  struct Break: Sendable {
    var byteCount = Int.max
    var isReset = false
  }

  /// Connects to a port of this machine, and shakes hands meanwhile.
  static func connect(
    to address: Address, _ credentials: TLSCredentials?, upTo version: TLSVersion = .tlsv13, breaking: Break = Break()
  ) async throws -> TLSPeer {
    let context = try context(credentials, upTo: version)
    let heard = Mailbox<[UInt8]>(limit: 1024)
    let port = Int(address.rest.split(separator: ":").last ?? "") ?? 0
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers(
            Wire(breaking), try NIOSSLClientHandler(context: context, serverHostname: nil), Listening(heard))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    return TLSPeer(channel, heard)
  }

  private init(_ channel: any NIOCore.Channel, _ heard: Mailbox<[UInt8]>) {
    self.channel = channel
    self.heard = heard
  }

  private static func context(_ credentials: TLSCredentials?, upTo version: TLSVersion) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = .none
    configuration.maximumTLSVersion = version
    configuration.shutdownTimeout = .zero
    if let identity = credentials?.identity {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(identity.utf8)).map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.utf8), format: .pem))
    }
    return try NIOSSLContext(configuration: configuration)
  }

  func write(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

  /// Says good-bye, and goes.
  func close() { channel.close(promise: nil) }

  /// Goes without a word, once what was written has gone out.
  func cut() {
    channel.eventLoop.execute { [channel] in
      // Where it has gone by itself, that is it.
      try? channel.pipeline.syncOperations.context(handlerType: Wire.self).close(promise: nil)
    }
  }

  /// Returns once the connection is over.
  func closed() async { _ = try? await channel.closeFuture.get() }
}

private final class Wire: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let breaking: TLSPeer.Break
  private var left: Int

  init(_ breaking: TLSPeer.Break) {
    self.breaking = breaking
    left = breaking.byteCount
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    var bytes = unwrapOutboundIn(data)
    guard bytes.readableBytes >= left else {
      left -= bytes.readableBytes
      return context.write(data, promise: promise)
    }
    context.writeAndFlush(wrapOutboundOut(bytes.readSlice(length: left) ?? ByteBuffer()), promise: promise)
    left = 0
    if breaking.isReset {
      _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }
    context.close(promise: nil)
  }
}

private final class Listening: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let heard: Mailbox<[UInt8]>

  init(_ heard: Mailbox<[UInt8]>) { self.heard = heard }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    _ = heard.put(Array(unwrapInboundIn(data).readableBytesView))
  }

  func channelInactive(context: ChannelHandlerContext) { heard.finish() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
