public import Concurrency
public import Contracts
public import RPC

extension Server {
  /// The server of a process of `role`, which answers peers of `roles` that speak its protocol.
  public convenience init(
    _ role: Role, card: ModelCard? = nil, answering roles: Set<Role>, clock: any MonotonicClock,
    limits: Limits = Limits(), handler: any CallHandler
  ) {
    self.init(
      clock: clock, limits: limits, hello: { Hello(role: role, card: card).greeting },
      greet: { bytes throws(ServiceError) in _ = try Hello(greeting: bytes, expecting: roles) }, handler: handler)
  }
}
