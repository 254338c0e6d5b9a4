import Concurrency
import Contracts
import RPC

extension Transport {
  /// Has `handler` answer at `address` for as long as `group` goes on; whoever calls is greeted.
  @discardableResult
  func serve<Result>(
    _ handler: any CallHandler, as hello: Hello, at address: Address, clock: any MonotonicClock,
    in group: inout ThrowingTaskGroup<Result?, any Error>
  ) async throws -> Server {
    let listener = try await listen(at: address)
    let server = Server(
      clock: clock, hello: { hello.greeting }, greet: { _ throws(ServiceError) in }, handler: handler)
    group.addTask {
      await server.run(on: listener); return nil
    }
    return server
  }
}
