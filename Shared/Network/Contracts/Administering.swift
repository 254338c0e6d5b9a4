import CMessages
import RPC

/// What administrators may have a gateway do.
public protocol Administering: Sendable {
  func drain(_ request: DrainRequest) async throws -> DrainReply
  func reload() async throws -> ReloadReply
  func scale(_ request: ScaleRequest) async throws -> ScaleReply
}

/// A gateway that nobody administers.
extension Administering {
  public func drain(_ request: DrainRequest) async throws -> DrainReply { throw Self.refusal }
  public func reload() async throws -> ReloadReply { throw Self.refusal }
  public func scale(_ request: ScaleRequest) async throws -> ScaleReply { throw Self.refusal }

  private static var refusal: ServiceError { ServiceError(.notFound, "this gateway cannot be told to do that") }
}

/// A worker gets nothing new, and finishes what it has.
public struct DrainRequest: Equatable, Sendable {
  /// As the status shows it.
  public var address: String
  /// It gets work again.
  public var isUndone: Bool

  public init(address: String, isUndone: Bool = false) {
    self.address = address
    self.isUndone = isUndone
  }
}

public struct DrainReply: Equatable, Sendable {
  public var worker: WorkerStatus

  public init(worker: WorkerStatus) { self.worker = worker }
}

/// What came of reading a configuration again.
public struct ReloadReply: Equatable, Sendable {
  public var joined: [String]
  public var left: [String]
  /// Keys that have changed and take a restart.
  public var restartKeys: [String]

  public init(joined: [String], left: [String], restartKeys: [String]) {
    self.joined = joined
    self.left = left
    self.restartKeys = restartKeys
  }
}

/// So many workers of a role, on the gateway's machine.
public struct ScaleRequest: Equatable, Sendable {
  public var role: Role
  /// Those in the gateway's own process included.
  public var count: Int
  /// Of each that is started; nothing: an equal share of the cores.
  public var threadCount: Int?

  public init(role: Role, count: Int, threadCount: Int? = nil) {
    self.role = role
    self.count = count
    self.threadCount = threadCount
  }
}

public struct ScaleReply: Equatable, Sendable {
  /// All that there are to be.
  public var workers: [String]

  public init(workers: [String]) { self.workers = workers }
}

extension GatewayClient {
  public func drain(_ request: DrainRequest, in context: CallContext) async throws -> DrainReply {
    try DrainReply(decoding: try await channel.unary(context.request(.drain, request.encoded)).message)
  }

  public func reload(in context: CallContext) async throws -> ReloadReply {
    try ReloadReply(decoding: try await channel.unary(context.request(.reload, [])).message)
  }

  public func scale(_ request: ScaleRequest, in context: CallContext) async throws -> ScaleReply {
    try ScaleReply(decoding: try await channel.unary(context.request(.scale, request.encoded)).message)
  }
}

extension DrainRequest: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__DrainRequest>?) -> Void { llava__v1__drain_request__init }

  init(_ message: Llava__V1__DrainRequest) throws(ServiceError) {
    self.init(
      address: try String(message.address, of: "DrainRequest.address"),
      isUndone: message.has_undo != 0 && message.undo != 0)
  }

  func fill(_ message: inout Llava__V1__DrainRequest, _ arena: Arena) {
    message.address = arena.text(address)
    if isUndone { (message.has_undo, message.undo) = (1, 1) }
  }
}

extension DrainReply: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__DrainReply>?) -> Void { llava__v1__drain_reply__init }

  init(_ message: Llava__V1__DrainReply) throws(ServiceError) {
    guard let worker = message.worker else {
      throw ServiceError(.invalidRequest, "DrainReply: expected a worker, found none")
    }
    self.init(worker: try WorkerStatus(worker.pointee))
  }

  func fill(_ message: inout Llava__V1__DrainReply, _ arena: Arena) { message.worker = arena.message(worker) }
}

extension ReloadReply: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__ReloadReply>?) -> Void { llava__v1__reload_reply__init }

  init(_ message: Llava__V1__ReloadReply) throws(ServiceError) {
    self.init(
      joined: try texts(message.joined, message.n_joined, of: "ReloadReply.joined"),
      left: try texts(message.left, message.n_left, of: "ReloadReply.left"),
      restartKeys: try texts(message.restart_keys, message.n_restart_keys, of: "ReloadReply.restart_keys"))
  }

  func fill(_ message: inout Llava__V1__ReloadReply, _ arena: Arena) {
    (message.n_joined, message.joined) = (joined.count, arena.array(joined.map(arena.text)))
    (message.n_left, message.left) = (left.count, arena.array(left.map(arena.text)))
    (message.n_restart_keys, message.restart_keys) = (restartKeys.count, arena.array(restartKeys.map(arena.text)))
  }
}

extension ScaleRequest: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__ScaleRequest>?) -> Void { llava__v1__scale_request__init }

  init(_ message: Llava__V1__ScaleRequest) throws(ServiceError) {
    guard let role = Role(rawValue: message.role.rawValue) else {
      throw ServiceError(.invalidRequest, "ScaleRequest: unknown role \(message.role.rawValue)")
    }
    self.init(role: role, count: Int(message.count), threadCount: message.has_threads != 0 ? Int(message.threads) : nil)
  }

  func fill(_ message: inout Llava__V1__ScaleRequest, _ arena: Arena) {
    message.role = Llava__V1__Role(role.rawValue)
    message.count = UInt32(clamping: count)
    if let threadCount { (message.has_threads, message.threads) = (1, UInt32(clamping: threadCount)) }
  }
}

extension ScaleReply: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__ScaleReply>?) -> Void { llava__v1__scale_reply__init }

  init(_ message: Llava__V1__ScaleReply) throws(ServiceError) {
    self.init(workers: try texts(message.workers, message.n_workers, of: "ScaleReply.workers"))
  }

  func fill(_ message: inout Llava__V1__ScaleReply, _ arena: Arena) {
    (message.n_workers, message.workers) = (workers.count, arena.array(workers.map(arena.text)))
  }
}
