/// What a process shows its peers over `tls+tcp://`, and whom it believes. All are PEM texts.
///
/// Whom a peer was certified by says what it is: each role has an authority of its own. Both ends show a certificate.
public struct TLSCredentials: Equatable, Sendable {
  /// This process's certificate and its private key.
  public var identity: String
  /// The authority of those who may connect; nothing where nobody may.
  public var callers: String?
  /// The authority of the services that are connected to; nothing where there are none.
  public var servers: String?

  public init(identity: String, callers: String? = nil, servers: String? = nil) {
    self.identity = identity
    self.callers = callers
    self.servers = servers
  }
}
