import CMessages
public import RPC

/// Says where the time of its latest requests went.
public protocol Tracing: Sendable {
  func traces(of trace: TraceID) async -> TraceReply
}

extension Tracing {
  /// Nothing was kept.
  public func traces(of trace: TraceID) async -> TraceReply { TraceReply(records: []) }
}

/// A stage of a request in one process: from when it was entered to when the next one was, or the end.
public struct TraceStage: Equatable, Sendable {
  public var name: String
  /// Since the request began in this process.
  public var start: Duration
  public var duration: Duration

  public init(name: String, start: Duration, duration: Duration) {
    self.name = name
    self.start = start
    self.duration = duration
  }
}

/// A request as one process had it.
public struct TraceRecord: Equatable, Sendable {
  /// Empty for the process that answers.
  public var process: String
  /// What the process calls such requests.
  public var kind: String
  /// `completed`, `failed` or `cancelled`.
  public var outcome: String
  /// Before the answer.
  public var beganAgo: Duration
  public var duration: Duration
  public var stages: [TraceStage]

  public init(
    process: String = "", kind: String, outcome: String, beganAgo: Duration, duration: Duration, stages: [TraceStage]
  ) {
    self.process = process
    self.kind = kind
    self.outcome = outcome
    self.beganAgo = beganAgo
    self.duration = duration
    self.stages = stages
  }
}

public struct TraceReply: Equatable, Sendable {
  public var records: [TraceRecord]

  public init(records: [TraceRecord]) { self.records = records }
}

struct TraceRequest: Equatable {
  var trace: TraceID
}

/// Asks any process for a trace.
public struct TraceClient: Sendable {
  private let channel: Channel

  public init(_ channel: Channel) { self.channel = channel }

  public func traces(of trace: TraceID, in context: CallContext) async throws -> TraceReply {
    let request = context.request(.trace, TraceRequest(trace: trace).encoded)
    return try TraceReply(decoding: try await channel.unary(request).message)
  }
}

extension Tracing {
  /// Answers a call for a trace.
  func answer(tracing call: IncomingCall) async throws {
    let request = try TraceRequest(decoding: call.item.message)
    try await call.send(Item(await traces(of: request.trace).encoded))
  }
}

extension TraceRequest: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__TraceRequest>?) -> Void { llava__v1__trace_request__init }

  init(_ message: Llava__V1__TraceRequest) throws(ServiceError) {
    let bytes = [UInt8](message.trace)
    guard bytes.count == 16 else {
      throw ServiceError(.invalidRequest, "TraceRequest.trace: expected 16 bytes, found \(bytes.count)")
    }
    let halves = [bytes.prefix(8), bytes.suffix(8)].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    trace = TraceID(high: halves[0], low: halves[1])
  }

  func fill(_ message: inout Llava__V1__TraceRequest, _ arena: Arena) {
    let bytes = [trace.high, trace.low].flatMap { half in
      (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) }
    }
    message.trace = arena.bytes(bytes)
  }
}

extension TraceStage: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__TraceStage>?) -> Void { llava__v1__trace_stage__init }

  init(_ message: Llava__V1__TraceStage) throws(ServiceError) {
    self.init(
      name: try String(message.name, of: "TraceStage.name"), start: Duration(wire: message.start_microseconds),
      duration: Duration(wire: message.microseconds))
  }

  func fill(_ message: inout Llava__V1__TraceStage, _ arena: Arena) {
    message.name = arena.text(name)
    message.start_microseconds = start.wire
    message.microseconds = duration.wire
  }
}

extension TraceRecord: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__TraceRecord>?) -> Void { llava__v1__trace_record__init }

  init(_ message: Llava__V1__TraceRecord) throws(ServiceError) {
    self.init(
      process: try String(message.process, of: "TraceRecord.process"),
      kind: try String(message.kind, of: "TraceRecord.kind"),
      outcome: try String(message.outcome, of: "TraceRecord.outcome"),
      beganAgo: Duration(wire: message.began_microseconds_ago), duration: Duration(wire: message.microseconds),
      stages: try values(message.stages, message.n_stages))
  }

  func fill(_ message: inout Llava__V1__TraceRecord, _ arena: Arena) {
    message.process = arena.text(process)
    message.kind = arena.text(kind)
    message.outcome = arena.text(outcome)
    message.began_microseconds_ago = beganAgo.wire
    message.microseconds = duration.wire
    (message.n_stages, message.stages) = (stages.count, arena.messages(stages))
  }
}

extension TraceReply: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__TraceReply>?) -> Void { llava__v1__trace_reply__init }

  init(_ message: Llava__V1__TraceReply) throws(ServiceError) {
    self.init(records: try values(message.records, message.n_records))
  }

  func fill(_ message: inout Llava__V1__TraceReply, _ arena: Arena) {
    (message.n_records, message.records) = (records.count, arena.messages(records))
  }
}

extension Duration {
  /// Microseconds, of at most a century: whoever sends more has no trace.
  fileprivate init(wire microseconds: UInt64) { self = .microseconds(Int64(min(microseconds, 1 << 52))) }
  fileprivate var wire: UInt64 { UInt64(clamping: nanoseconds / 1000) }
}
