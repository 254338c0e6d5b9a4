import Concurrency
import RPC
import TestSupport

/// A server and a channel in a simulation, and what became of the calls between them.
struct SimulatedCalls: Sendable {
  static let address = { try! Address("inproc://simulated") }()

  let simulation: Simulation
  let transport: SimulatedTransport
  let channel: Channel
  let executions: Lock<[UInt64: Int]>

  /// Answers with the request's own bytes, after a while, and counts how often it did.
  private struct Echo: CallHandler {
    let clock: any MonotonicClock
    let executions: Lock<[UInt64: Int]>

    func answer(_ call: IncomingCall) async throws {
      executions.withLock { $0[call.trace.low, default: 0] += 1 }
      call.enter("echo")
      try await clock.sleep(for: .milliseconds(Int64(call.trace.low % 7)))
      try await call.send(call.item)
      while let item = try await call.next() { try await call.send(item) }
    }
  }

  /// Runs `body` with a channel to an echo; the policy is set once it is open.
  static func with<Result: Sendable>(
    _ simulation: Simulation, _ policy: LinkPolicy = LinkPolicy(),
    _ body: @escaping @Sendable (SimulatedCalls) async throws -> Result
  ) async throws -> Result {
    let transport = SimulatedTransport(in: simulation)
    let executions = Lock<[UInt64: Int]>([:])
    let server = Server(
      clock: simulation.timeline, hello: { [] }, greet: { _ throws(ServiceError) in },
      handler: Echo(clock: simulation.timeline, executions: executions))
    let channel = Channel(
      to: address, over: transport, clock: simulation.timeline, hello: { [] }, greet: { _ throws(ServiceError) in })
    let listener = try await transport.listen(at: address)
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask {
        await server.run(on: listener); return nil
      }
      group.addTask {
        await channel.run(); return nil
      }
      try await channel.opened()
      transport.policy = policy
      let calls = SimulatedCalls(
        simulation: simulation, transport: transport, channel: channel, executions: executions)
      let result = try await body(calls)
      group.cancelAll()
      return result
    }
  }

  /// One call on which several tasks send at once, each so many items; true when all were answered.
  func call(_ number: UInt64, senders: Int, items: Int) async throws -> Bool {
    let request = Request(
      method: 1, item: Item([0]), deadline: simulation.timeline.now + .seconds(60),
      trace: TraceID(high: 0, low: number))
    return try await channel.withCall(request) { call in
      try await withThrowingTaskGroup(of: Int.self) { group in
        group.addTask {
          try await withThrowingTaskGroup(of: Void.self) { group in
            for sender in 0..<senders {
              group.addTask { for _ in 0..<items { try await call.send(Item([UInt8(sender)])) } }
            }
            try await group.waitForAll()
          }
          call.finish()
          return 0
        }
        group.addTask {
          var answers = 0
          while try await call.next() != nil { answers += 1 }
          return answers
        }
        return try await group.reduce(0, +) == senders * items + 1
      }
    }
  }

  /// One call of so many items; true when it was answered whole.
  func call(_ number: UInt64, items: Int, deadline: Duration = .seconds(60)) async throws -> Bool {
    let request = Request(
      method: 1, item: Item([UInt8(truncatingIfNeeded: number)]), deadline: simulation.timeline.now + deadline,
      trace: TraceID(high: 0, low: number))
    return try await channel.withCall(request) { call in
      for index in 0..<items { try await call.send(Item([UInt8(truncatingIfNeeded: index)])) }
      call.finish()
      var answers = 0
      while try await call.next() != nil { answers += 1 }
      return answers == items + 1
    }
  }
}
