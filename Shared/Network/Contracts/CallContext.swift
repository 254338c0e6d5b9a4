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
  /// When which stage was entered; empty where nobody keeps it.
  public var stages = StageLog()

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
    let stages = StageLog()
    self.init(
      deadline: call.deadline, trace: call.trace, caller: caller,
      enter: { stage in
        call.enter(stage)
        stages.entered(stage, at: call.now)
      })
    self.stages = stages
  }

  func request(_ method: Method, _ message: [UInt8]) -> Request {
    Request(method: method.rawValue, item: Item(message), deadline: deadline, trace: trace)
  }
}
