import Concurrency
import Contracts
import Launch
import RPC

/// A gateway that answers, for as long as `body` runs.
struct Session: Sendable {
  let client: GatewayClient
  let clock: any MonotonicClock

  /// Asks; `reply` gets stages and tokens as they come.
  func ask(
    _ question: Question, reply: @Sendable (AskReply) async throws -> Void
  ) async throws -> AskFinished {
    let deadline = question.patience.map { clock.now + $0 } ?? .distantFuture
    return try await client.ask(
      question.request, images: question.images, in: CallContext(deadline: deadline, trace: question.trace),
      reply: reply)
  }

  func status() async throws -> StatusReply { try await client.status(in: context()) }

  /// Of a question about the gateway itself, which answers at once.
  func context() -> CallContext {
    var generator = SystemRandomNumberGenerator()
    return CallContext(deadline: clock.now + .seconds(5), trace: .random(using: &generator))
  }
}

/// A question as it is sent, with the files that it is about.
struct Question: Sendable {
  var request: AskRequest
  var images: [[UInt8]]
  /// How long the answer may take.
  var patience: Duration?
  let trace: TraceID

  init(_ request: AskRequest, images: [[UInt8]], patience: Duration?) {
    self.request = request
    self.images = images
    self.patience = patience
    var generator = SystemRandomNumberGenerator()
    trace = .random(using: &generator)
  }
}

extension Session {
  /// Connects to the gateway at `address`, runs `body`, and lets go.
  ///
  /// Without `patience` the first failure to connect is thrown; with it, it is tried again that long.
  static func with<Result: Sendable>(
    gatewayAt address: Address, over transport: any Transport, clock: any MonotonicClock, token: String? = nil,
    patience: Duration? = nil,
    _ body: (Session) async throws -> Result
  ) async throws -> Result {
    let changed = Signal()
    let channel = Channel(
      to: address, over: transport, clock: clock, hello: { Hello(role: .client, token: token).greeting },
      greet: { bytes throws(ServiceError) in _ = try Hello(greeting: bytes, expecting: [.gateway]) },
      changed: { _ in changed.raise() })
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await channel.run() }
      let giveUp = clock.now + (patience ?? .zero)
      defer { group.cancelAll() }
      while true {
        switch channel.state {
        case .open: return try await body(Session(client: GatewayClient(channel), clock: clock))
        case .refused(let error): throw error
        case .connecting(let error?) where clock.now >= giveUp:
          throw ServiceError(error.code, "\(error.message) (`llava serve` starts a gateway)")
        case .closed: throw ServiceError(.unavailable, "\(address): the connection was closed")
        case .connecting: try await changed.wait()
        }
      }
    }
  }
}
