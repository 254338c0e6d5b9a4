public import Concurrency

/// A call as its caller has it; lives inside `Channel.withCall`.
public struct Call: Sendable {
  let number: UInt32
  let connection: Connection

  /// Sends an item; waits while the server has given no credit.
  public func send(_ item: Item) async throws { try await connection.send(item, on: number) }

  /// Says that no more items will be sent.
  public func finish() { connection.finish(number) }

  /// The next item, or nothing once the server has ended the call well; throws its error otherwise.
  public func next() async throws -> Item? { try await connection.next(on: number) }
}

/// A call as its server has it.
public struct IncomingCall: Sendable {
  let number: UInt32
  private let request: Request
  private let connection: Connection
  private let currentStage: Lock<String>

  init(number: UInt32, request: Request, connection: Connection) {
    self.number = number
    self.request = request
    self.connection = connection
    currentStage = Lock("admission")
  }

  public var method: UInt16 { request.method }
  public var item: Item { request.item }
  /// On this process's clock; `distantFuture` where the caller set none.
  public var deadline: Instant { request.deadline }
  public var trace: TraceID { request.trace }
  public var peer: String { connection.peer }
  /// What the caller said first, when it connected.
  public var greeting: [UInt8] { connection.greeting }
  /// Which of the server's addresses it came in at.
  public var door: Address? { connection.door }

  /// On this process's clock.
  public var now: Instant { connection.clock.now }

  /// What the call is waiting for now, in a word or two; a deadline's error names it.
  public var stage: String { currentStage.withLock { $0 } }
  public func enter(_ stage: String) { currentStage.withLock { $0 = stage } }

  /// Sends an item; waits while the client has given no credit.
  public func send(_ item: Item) async throws { try await connection.send(item, on: number) }

  /// Sends an item if that needs no waiting; false where it was not sent.
  public func offer(_ item: Item) -> Bool { connection.offer(item, on: number) }

  /// The client's next item, or nothing after its last.
  public func next() async throws -> Item? { try await connection.next(on: number) }

  /// What `body` returns; throws `deadlineExceeded` where the client has it wait for longer than a client may: the places
  /// and bytes that a call holds are not for one who is there and does nothing.
  public func awaitingClient<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let limit = connection.limits.clientStall
    return try await withThrowingTaskGroup(of: Result.self) { group in
      defer { group.cancelAll() }
      group.addTask(operation: body)
      group.addTask {
        try await connection.clock.sleep(for: limit)
        throw ServiceError(.deadlineExceeded, "the client has neither sent nor read anything for \(limit)")
      }
      guard let result = try await group.next() else { throw CancellationError() }
      return result
    }
  }
}

/// What a server does with a call. It is cancelled when the caller goes away or the deadline passes.
public protocol CallHandler: Sendable {
  /// Returning ends the call well; throwing ends it with the error.
  func answer(_ call: IncomingCall) async throws
}
