import FeatureTiers

/// How the nodes of a store are reached, and how long they keep what they are given.
public struct StoreOptions: Sendable {
  /// Who says what to the nodes that ask for a password.
  public struct Credentials: Sendable {
    /// Nothing: the default user.
    public var user: String?
    public var password: String

    public init(user: String? = nil, password: String) {
      self.user = user
      self.password = password
    }
  }

  /// Files in PEM for `rediss` addresses.
  public struct Certificates: Sendable {
    /// Who has signed the nodes' certificates; nothing: the system's authorities.
    public var authority: String?
    /// Shown to the nodes that want one.
    public var certificate: String?
    public var privateKey: String?

    public init(authority: String? = nil, certificate: String? = nil, privateKey: String? = nil) {
      self.authority = authority
      self.certificate = certificate
      self.privateKey = privateKey
    }
  }

  public var credentials: Credentials?
  public var certificates = Certificates()
  /// A connection that takes longer to make is none.
  public var connectTimeout = Duration.milliseconds(500)
  /// A question waits for so long; a connection that says nothing for as long is given up.
  public var stallLimit = Duration.milliseconds(250)
  /// The nodes forget what is older; they make room before that as they are configured to.
  public var timeToLive = Duration.seconds(7 * 24 * 3600)
  /// Questions on one connection at once; more are refused.
  public var pipelineCount = 256
  /// Bytes of one reply.
  public var replyByteCount = TierLimits.valueByteCount + 4096

  public init() {}
}
