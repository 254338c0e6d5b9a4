public import Concurrency
public import Contracts
public import RPC

extension Server {
  /// A server that says who it is by `hello`, and talks to peers of these roles.
  public convenience init(
    answering handler: any CallHandler, as hello: Hello, for roles: Set<Role>, clock: any MonotonicClock
  ) {
    self.init(
      clock: clock, hello: { hello.greeting },
      greet: { bytes throws(ServiceError) in _ = try Hello(greeting: bytes, expecting: roles) }, handler: handler)
  }
}
