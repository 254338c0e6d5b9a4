public import RPC

/// What a caller may have; nothing is no limit.
public struct CallerLimits: Hashable, Sendable {
  /// Questions at once.
  public var requestsInFlight: Int?
  public var imageBytesPerMinute: Int?
  /// Tokens of answers.
  public var tokensPerMinute: Int?

  public init(requestsInFlight: Int? = nil, imageBytesPerMinute: Int? = nil, tokensPerMinute: Int? = nil) {
    self.requestsInFlight = requestsInFlight
    self.imageBytesPerMinute = imageBytesPerMinute
    self.tokensPerMinute = tokensPerMinute
  }
}

/// Who asks a gateway, as it has found out.
public struct Caller: Hashable, Sendable {
  public var name: String
  /// With whom the caller shares what was computed; nothing: with all who have none.
  public var tenant: String?
  /// Whether it may change how the gateway and its workers run.
  public var isAdmin: Bool
  public var limits: CallerLimits

  public init(name: String, tenant: String? = nil, isAdmin: Bool = false, limits: CallerLimits = CallerLimits()) {
    self.name = name
    self.tenant = tenant
    self.isAdmin = isAdmin
    self.limits = limits
  }

  /// Whoever may use a socket that is this user's alone.
  public static let owner = Caller(name: "owner", isAdmin: true)
  /// Somebody, where nobody has to say who they are.
  public static let anyone = Caller(name: "anyone")

  /// What goes into the keys of everything that is kept of the caller's questions, so that tenants share nothing.
  ///
  /// It is the tenant's name and no secret: keys never leave the processes, and several gateways come to the same.
  public var salt: [UInt8] { tenant.map { Array("tenant \($0.utf8.count)/\($0)".utf8) } ?? [] }

  /// Throws `permissionDenied` where the method is an administrator's and the caller is none.
  public func check(mayCall method: Method) throws(ServiceError) {
    if method.isAdministrative { try checkAdmin(for: "\(method)") }
  }

  /// Throws `permissionDenied`, naming `what`, unless the caller is an administrator.
  public func checkAdmin(for what: String) throws(ServiceError) {
    guard !isAdmin else { return }
    throw ServiceError(
      .permissionDenied,
      "'\(name)' may not \(what): it takes a token that was added with --admin, or the gateway's own socket where it has no tokens"
    )
  }
}

/// Finds out who calls.
public protocol CallerAuthenticating: Sendable {
  /// Who shows this token, or none, at an address of the server's; `door` is not known before the first call. Throws
  /// `unauthenticated` where nobody is let in so.
  func caller(presenting token: String?, at door: Address?) throws(ServiceError) -> Caller
}

/// For a gateway without tokens: whoever reaches it may ask. Its socket is its owner's alone, who is administrator there.
public struct OpenDoors: CallerAuthenticating {
  public init() {}

  public func caller(presenting token: String?, at door: Address?) throws(ServiceError) -> Caller {
    switch door?.scheme {
    case .ipc, .inproc: .owner
    case .tcp, .tls, nil: .anyone
    }
  }
}
