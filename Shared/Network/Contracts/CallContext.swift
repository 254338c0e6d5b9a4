public import Concurrency
public import RPC

/// What goes with a request through every process: until when, under which name, and where it is now.
public struct CallContext: Sendable {
  public var deadline: Instant
  public var trace: TraceID
  /// Who asks; known at a gateway only.
  public var caller: Caller
  /// Names the stage that is entered; an error by deadline says which one it was.
  public var enter: @Sendable (String) -> Void

  public init(
    deadline: Instant = .distantFuture, trace: TraceID, caller: Caller = .anyone,
    enter: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.deadline = deadline
    self.trace = trace
    self.caller = caller
    self.enter = enter
  }

  init(of call: IncomingCall, by caller: Caller = .anyone) {
    self.init(deadline: call.deadline, trace: call.trace, caller: caller, enter: { call.enter($0) })
  }

  func request(_ method: Method, _ message: [UInt8]) -> Request {
    Request(method: method.rawValue, item: Item(message), deadline: deadline, trace: trace)
  }
}
