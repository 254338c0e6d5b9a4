import CMessages
import RPC

/// How a process is.
public struct HealthReply: Equatable, Sendable {
  /// Whether work sent now would be taken.
  public var isReady: Bool
  public var reason: String
  public var gauges: [Gauge]

  public init(isReady: Bool, reason: String, gauges: [Gauge]) {
    self.isReady = isReady
    self.reason = reason
    self.gauges = gauges
  }
}

/// How the gateway sees one of its workers.
public struct WorkerStatus: Equatable, Sendable {
  public var address: String
  public var role: Role
  /// `ready`, `connecting`, `refused`, `suspect`, `resting`, `probing`, `ejected`, `draining`, `drained`, `idle` or
  /// `incompatible`.
  public var state: String
  /// Why it is not ready; empty where it is.
  public var reason: String
  public var model: String
  public var inFlight: Int
  public var gauges: [Gauge]

  public init(
    address: String, role: Role, state: String, reason: String, model: String, inFlight: Int, gauges: [Gauge] = []
  ) {
    self.address = address
    self.role = role
    self.state = state
    self.reason = reason
    self.model = model
    self.inFlight = inFlight
    self.gauges = gauges
  }
}

/// The gateway and its workers.
public struct StatusReply: Equatable, Sendable {
  public var isReady: Bool
  public var reason: String
  public var workers: [WorkerStatus]
  public var gauges: [Gauge]
  public var build: String

  public init(isReady: Bool, reason: String, workers: [WorkerStatus], gauges: [Gauge], build: String) {
    self.isReady = isReady
    self.reason = reason
    self.workers = workers
    self.gauges = gauges
    self.build = build
  }
}

extension HealthReply: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__HealthReply>?) -> Void { llava__v1__health_reply__init }

  init(_ message: Llava__V1__HealthReply) throws(ServiceError) {
    self.init(
      isReady: message.ready != 0, reason: try String(message.reason, of: "HealthReply.reason"),
      gauges: try values(message.gauges, message.n_gauges))
  }

  func fill(_ message: inout Llava__V1__HealthReply, _ arena: Arena) {
    message.ready = isReady ? 1 : 0
    message.reason = arena.text(reason)
    (message.n_gauges, message.gauges) = (gauges.count, arena.messages(gauges))
  }
}

extension WorkerStatus: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__WorkerStatus>?) -> Void { llava__v1__worker_status__init }

  init(_ message: Llava__V1__WorkerStatus) throws(ServiceError) {
    guard let role = Role(rawValue: message.role.rawValue) else {
      throw ServiceError(.invalidRequest, "WorkerStatus: unknown role \(message.role.rawValue)")
    }
    self.init(
      address: try String(message.address, of: "WorkerStatus.address"), role: role,
      state: try String(message.state, of: "WorkerStatus.state"),
      reason: try String(message.reason, of: "WorkerStatus.reason"),
      model: try String(message.model, of: "WorkerStatus.model"), inFlight: Int(message.in_flight),
      gauges: try values(message.gauges, message.n_gauges))
  }

  func fill(_ message: inout Llava__V1__WorkerStatus, _ arena: Arena) {
    message.address = arena.text(address)
    message.role = Llava__V1__Role(role.rawValue)
    message.state = arena.text(state)
    message.reason = arena.text(reason)
    message.model = arena.text(model)
    message.in_flight = UInt32(clamping: inFlight)
    (message.n_gauges, message.gauges) = (gauges.count, arena.messages(gauges))
  }
}

extension StatusReply: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__StatusReply>?) -> Void { llava__v1__status_reply__init }

  init(_ message: Llava__V1__StatusReply) throws(ServiceError) {
    self.init(
      isReady: message.ready != 0, reason: try String(message.reason, of: "StatusReply.reason"),
      workers: try values(message.workers, message.n_workers), gauges: try values(message.gauges, message.n_gauges),
      build: try String(message.build, of: "StatusReply.build"))
  }

  func fill(_ message: inout Llava__V1__StatusReply, _ arena: Arena) {
    message.ready = isReady ? 1 : 0
    message.reason = arena.text(reason)
    (message.n_workers, message.workers) = (workers.count, arena.messages(workers))
    (message.n_gauges, message.gauges) = (gauges.count, arena.messages(gauges))
    message.build = arena.text(build)
  }
}
