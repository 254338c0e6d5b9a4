import Concurrency
import FeatureTiers
import NIOCore
import NIOPosix
import NIOSSL
import RESP

/// The connection to one node: made when it is first needed, and made anew when it is needed after it ended.
final class NodeConnection: Sendable {
  let address: StoreAddress
  private let options: StoreOptions
  private let security: NIOSSLContext?
  private let group: any EventLoopGroup
  private let clock: any MonotonicClock
  private let current = Lock<(number: Int, channel: EventLoopFuture<any Channel>?)>((0, nil))

  init(
    to address: StoreAddress, _ options: StoreOptions, security: NIOSSLContext?, on group: any EventLoopGroup,
    clock: any MonotonicClock
  ) {
    self.address = address
    self.options = options
    self.security = security
    self.group = group
    self.clock = clock
  }

  /// The node's reply; throws where it does not come by `deadline`. A reply may be a refusal.
  func ask(_ command: RESPCommand, by deadline: Instant) async throws -> RESPValue {
    let channel = try await livingChannel()
    let sent = clock.now
    let asked = Self.ask(command, on: channel, within: deadline - sent, as: "\(address)")
    return try await withTaskCancellationHandler {
      do {
        return try await asked.futureResult.get()
      } catch let error as TierError where error.code == .late && clock.now - sent >= options.stallLimit {
        // Nothing has come for so long: what comes later would come for nobody.
        channel.close(promise: nil)
        throw error
      }
    } onCancel: {
      asked.fail(CancellationError())
    }
  }

  func close() async {
    let channel = current.withLock { current in
      defer { current.channel = nil }
      return current.channel
    }
    // One that never was, or has ended, is closed.
    if let channel = try? await channel?.get() { try? await channel.close() }
  }

  private static func ask(
    _ command: RESPCommand, on channel: any Channel, within time: Duration, as name: String
  ) -> EventLoopPromise<RESPValue> {
    let promise = channel.eventLoop.makePromise(of: RESPValue.self)
    let timer = channel.eventLoop.scheduleTask(in: .nanoseconds(max(0, time.nanoseconds))) {
      promise.fail(TierError(.late, "\(name) did not answer in time"))
    }
    promise.futureResult.whenComplete { _ in timer.cancel() }
    // A channel that has ended passes the query to nobody who could answer it.
    channel.writeAndFlush(Query(command: command, reply: promise)).whenFailure { error in
      promise.fail(error as? TierError ?? TierError(.unavailable, "\(name): \(error)"))
    }
    return promise
  }

  /// The node may have ended the connection since the last question, as it does with idle ones: then another is made.
  private func livingChannel() async throws -> any Channel {
    let (future, number) = channel()
    let channel = try await future.get()
    if channel.isActive { return channel }
    forget(number)
    return try await self.channel().future.get()
  }

  private func channel() -> (future: EventLoopFuture<any Channel>, number: Int) {
    current.withLock { current in
      if let channel = current.channel { return (channel, current.number) }
      current.number += 1
      let number = current.number
      let channel = connect()
      current.channel = channel
      channel.whenComplete { [self] result in
        switch result {
        case .failure: forget(number)
        case .success(let channel): channel.closeFuture.whenComplete { [self] _ in forget(number) }
        }
      }
      return (channel, number)
    }
  }

  private func forget(_ number: Int) {
    current.withLock { if $0.number == number { $0.channel = nil } }
  }

  private func connect() -> EventLoopFuture<any Channel> {
    let bootstrap = ClientBootstrap(group: group)
      .connectTimeout(.nanoseconds(options.connectTimeout.nanoseconds))
      .channelInitializer { [address, options, security] channel in
        channel.eventLoop.makeCompletedFuture {
          if let security { try channel.pipeline.syncOperations.addHandler(Self.tls(security, for: address)) }
          try channel.pipeline.syncOperations.addHandler(ReplyHandler("\(address)", options))
        }
      }
    let connected =
      switch address {
      case .tcp(let host, let port, _): bootstrap.connect(host: host, port: port)
      case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
      }
    return connected.flatMap { [address, options] channel in
      guard let credentials = options.credentials else { return channel.eventLoop.makeSucceededFuture(channel) }
      return Self.admitted(channel, credentials, options, "\(address)")
    }.flatMapErrorThrowing { [address] error in
      throw error as? TierError ?? TierError(.unavailable, "cannot connect to \(address): \(error)")
    }
  }

  private static func admitted(
    _ channel: any Channel, _ credentials: StoreOptions.Credentials, _ options: StoreOptions, _ name: String
  ) -> EventLoopFuture<any Channel> {
    let password = Array(credentials.password.utf8)
    let command =
      credentials.user.map { RESPCommand("AUTH", Array($0.utf8), password) } ?? RESPCommand("AUTH", password)
    return ask(command, on: channel, within: options.connectTimeout, as: name).futureResult.flatMapThrowing { reply in
      guard reply == .text("OK") else {
        throw TierError(.refused, "\(name) does not take the password: \(reply.words)")
      }
      return channel
    }.flatMapErrorThrowing { error in
      channel.close(promise: nil)
      throw error
    }
  }

  private static func tls(_ security: NIOSSLContext, for address: StoreAddress) throws -> NIOSSLClientHandler {
    guard case .tcp(let host, _, _) = address else {
      return try NIOSSLClientHandler(context: security, serverHostname: nil)
    }
    do {
      return try NIOSSLClientHandler(context: security, serverHostname: host)
    } catch is NIOSSLExtraError {
      // It is checked against the addresses in the certificate instead.
      return try NIOSSLClientHandler(context: security, serverHostname: nil)
    }
  }
}

extension RESPValue {
  /// For an error: never a value's bytes.
  var words: String {
    switch self {
    case .text(let text), .refusal(let text): text
    case .integer(let number): "\(number)"
    case .bytes(let bytes): "\(bytes.count) bytes"
    case .null: "nothing"
    case .array(let elements): "\(elements.count) elements"
    }
  }
}
