public import Concurrency
public import Contracts
public import RPC

extension Server {
  /// A server that says who it is by `hello`, and talks to peers of these roles; to those only that `callers` knows.
  public convenience init(
    answering handler: any CallHandler, as hello: Hello, for roles: Set<Role>, clock: any MonotonicClock,
    callers: any CallerAuthenticating = OpenDoors()
  ) {
    self.init(
      clock: clock, hello: { hello.greeting },
      greet: { bytes throws(ServiceError) in
        _ = try callers.caller(presenting: Hello(greeting: bytes, expecting: roles).token, at: nil)
      }, handler: handler)
  }
}
