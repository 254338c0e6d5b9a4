import NIOCore
import NIOSSL
import RPC

/// What one listener or one dial does about TLS: version 1.3, with certificates of both ends required.
struct Security: Sendable {
  private let context: NIOSSLContext

  /// Bytes that a silent link keeps for what it encrypts next; what one frame needed beyond is freed after it.
  private static let keptByteCount = 64 << 10

  /// Believes who was certified for calling.
  static func listener(_ credentials: TLSCredentials?, at address: Address) throws(ServiceError) -> Security {
    let credentials = try present(credentials, address)
    guard let callers = credentials.callers else {
      throw ServiceError(
        .unavailable, "cannot listen at \(address): the TLS directory names no authority of callers (callers.pem)")
    }
    return try Security(showing: credentials.identity, believing: callers, .noHostnameVerification, address)
  }

  /// Believes who was certified as a service, under the name or the number that was dialled.
  static func dialer(_ credentials: TLSCredentials?, to address: Address) throws(ServiceError) -> Security {
    let credentials = try present(credentials, address)
    guard let servers = credentials.servers else {
      throw ServiceError(
        .unavailable, "cannot connect to \(address): the TLS directory names no authority of servers (servers.pem)")
    }
    return try Security(showing: credentials.identity, believing: servers, .fullVerification, address)
  }

  private static func present(
    _ credentials: TLSCredentials?, _ address: Address
  ) throws(ServiceError) -> TLSCredentials {
    guard let credentials else {
      throw ServiceError(
        .unavailable, "\(address) needs certificates: name their directory with --tls-directory (`llava certs init`)")
    }
    return credentials
  }

  private init(
    showing identity: String, believing authority: String, _ verification: CertificateVerification, _ address: Address
  ) throws(ServiceError) {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv13
    configuration.certificateVerification = verification
    // A link ends at once: what the peer would answer is not awaited.
    configuration.shutdownTimeout = .zero
    configuration.certificateChain = try Self.read("the certificate (identity.pem)", address) {
      try NIOSSLCertificate.fromPEMBytes(Array(identity.utf8)).map { .certificate($0) }
    }
    configuration.privateKey = try Self.read("the key (identity.pem)", address) {
      .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.utf8), format: .pem))
    }
    configuration.trustRoots = try Self.read("the authority's certificate", address) {
      .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))
    }
    context = try Self.read("the certificates", address) { [configuration] in
      try NIOSSLContext(configuration: configuration)
    }
  }

  private static func read<Value>(
    _ what: String, _ address: Address, _ body: () throws -> Value
  ) throws(ServiceError) -> Value {
    do {
      return try body()
    } catch {
      throw ServiceError(
        .unavailable, "cannot use \(what) for \(address): \(error): it is not the PEM text that it should be")
    }
  }

  var server: NIOSSLServerHandler { NIOSSLServerHandler(context: context, configuration: Self.frugal) }

  /// Throws where no certificate could be for such a host.
  func client(for host: String) throws -> NIOSSLClientHandler {
    do {
      return try NIOSSLClientHandler(context: context, serverHostname: host, configuration: Self.frugal)
    } catch let error as NIOSSLExtraError where error == .cannotUseIPAddressInSNI {
      // A number is no name: it is compared with the addresses in the certificate instead.
      return try NIOSSLClientHandler(context: context, serverHostname: nil, configuration: Self.frugal)
    }
  }

  private static var frugal: NIOSSLHandler.Configuration {
    var configuration = NIOSSLHandler.Configuration()
    configuration.maximumPreservedOutboundBufferCapacity = keptByteCount
    return configuration
  }
}
