import Concurrency
import RPC

typealias Answer = @Sendable (IncomingCall) async throws -> Void
typealias Greeting = @Sendable ([UInt8]) throws(ServiceError) -> Void

private struct Answering: CallHandler {
  let body: Answer
  func answer(_ call: IncomingCall) async throws { try await body(call) }
}

extension Limits {
  /// No bound of time that a busy machine could reach while a test runs; pings, and with them the acknowledgements
  /// that an end waits for, come often.
  static var patient: Limits {
    var limits = Limits()
    limits.pingInterval = .milliseconds(20)
    limits.silence = .seconds(600)
    limits.greeting = .seconds(600)
    limits.deadlineGrace = .seconds(600)
    limits.reconnectRest = .milliseconds(1) ... .milliseconds(20)
    return limits
  }
}

/// Sends every item back.
let echo: Answer = { call in
  try await call.send(call.item)
  while let item = try await call.next() { try await call.send(item) }
}

extension World {
  /// A server for the length of `body`. The end of it ends its listener and its links.
  func withServer<Result>(
    on listener: any Listener, limits: Limits = .patient, greet: @escaping Greeting = { _ in },
    clock: (any MonotonicClock)? = nil, answer: @escaping Answer, _ body: (Server) async throws -> Result
  ) async throws -> Result {
    let server = Server(
      clock: clock ?? self.clock, limits: limits, hello: { Array("server".utf8) }, greet: greet,
      handler: Answering(body: answer))
    async let _: Void = server.run(on: listener)
    return try await body(server)
  }

  func channel(
    to address: Address, limits: Limits = .patient, greet: @escaping Greeting = { _ in },
    changed: @escaping @Sendable (Channel.State) -> Void = { _ in }
  ) -> Channel {
    Channel(
      to: address, over: transport, clock: clock, limits: limits, hello: { Array("client".utf8) }, greet: greet,
      changed: changed)
  }

  /// An open channel for the length of `body`.
  func withChannel<Result>(
    to address: Address, limits: Limits = .patient, _ body: (Channel) async throws -> Result
  ) async throws -> Result {
    let channel = channel(to: address, limits: limits)
    async let _: Void = channel.run()
    try await channel.opened()
    return try await body(channel)
  }

  /// A server and an open channel to it.
  func withCalls(
    limits: Limits = .patient, clientLimits: Limits? = nil, clock: (any MonotonicClock)? = nil,
    answer: @escaping Answer,
    _ body: (Channel, Server) async throws -> Void
  ) async throws {
    let listener = try await transport.listen(at: address())
    try await withServer(on: listener, limits: limits, clock: clock, answer: answer) { server in
      try await withChannel(to: listener.address, limits: clientLimits ?? limits) { channel in
        try await body(channel, server)
      }
    }
  }
}

extension Request {
  /// A method that the test gives a meaning, with a number for its message.
  init(_ method: UInt16 = 0, _ number: Int = 0, attachment: [UInt8] = [], deadline: Instant = .distantFuture) {
    self.init(
      method: method, item: Item(number, attachment: attachment), deadline: deadline, trace: TraceID(high: 1, low: 2))
  }
}

extension Item {
  init(_ number: Int, attachment: [UInt8] = []) {
    self.init((0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }, attachment: attachment)
  }

  var number: Int { message.reversed().reduce(0) { $0 << 8 | Int($1) } }
}

/// The error that `body` ends with, if it is one of a call.
func failure(of body: () async throws -> Void) async -> ServiceError? {
  do {
    try await body()
    return nil
  } catch {
    return ServiceError(error)
  }
}
