public import Concurrency
public import FeatureTiers
import NIOPosix
import NIOSSL

/// The nodes of a store, and the one thread on which this process talks to them.
public final class StoreClient: Sendable {
  public let nodes: [StoreNode]
  private let group: MultiThreadedEventLoopGroup

  /// Connects to nothing yet; throws where a certificate cannot be used.
  public init(
    to addresses: [StoreAddress], _ options: StoreOptions = StoreOptions(), clock: any MonotonicClock
  ) throws(TierError) {
    let security = try options.security(for: addresses)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    self.group = group
    nodes = addresses.map { address in
      let connection = NodeConnection(
        to: address, options, security: address.isEncrypted ? security : nil, on: group, clock: clock)
      return StoreNode(connection, timeToLive: options.timeToLive)
    }
  }

  /// One tier of all nodes: keys spread over them, values sealed, and no node able to hold anybody up.
  public func tier(
    sealedWith key: StoreKey, patience: Duration, ledger: TierLedger, clock: any MonotonicClock
  ) -> any FeatureTier {
    let guarded = nodes.map { node in
      (node.name, GuardedTier(node, name: node.name, patience: patience, ledger: ledger, clock: clock))
    }
    return SealedTier(SpreadTier(guarded), key: key, ledger: ledger)
  }

  /// Ends all connections.
  public func close() async {
    for node in nodes { await node.connection.close() }
    // What cannot be shut down ends with the process.
    try? await group.shutdownGracefully()
  }
}

extension StoreAddress {
  fileprivate var isEncrypted: Bool {
    if case .tcp(_, _, isEncrypted: true) = self { true } else { false }
  }
}

extension StoreOptions {
  /// What TLS is spoken with; nothing where no address wants it.
  fileprivate func security(for addresses: [StoreAddress]) throws(TierError) -> NIOSSLContext? {
    guard addresses.contains(where: \.isEncrypted) else { return nil }
    do {
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.minimumTLSVersion = .tlsv12
      if let authority = certificates.authority { configuration.trustRoots = .file(authority) }
      if let certificate = certificates.certificate {
        configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
      }
      if let privateKey = certificates.privateKey {
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: privateKey, format: .pem))
      }
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw TierError(.configuration, "the store's certificates cannot be used: \(error)")
    }
  }
}
