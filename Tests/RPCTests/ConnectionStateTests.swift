import Concurrency
import Testing

@testable import RPC

/// Two ends of a connection as values; frames are carried by hand, and so can be lost.
struct Pair {
  var client: ConnectionState
  var server: ConnectionState
  var now = Instant(nanoseconds: 0)

  init(limits: Limits = Limits()) {
    client = ConnectionState(.client, limits: limits, at: now)
    server = ConnectionState(.server, limits: limits, at: now)
  }

  /// Past the greetings.
  static func open(limits: Limits = Limits()) throws -> Pair {
    var pair = Pair(limits: limits)
    pair.client.queue(Frame(.hello))
    try pair.carry()
    pair.server.greeted(answer: [])
    try pair.carry()
    pair.client.greeted(answer: nil)
    try pair.carry()
    return pair
  }

  /// Carries what either side has to say until both are silent.
  mutating func carry() throws {
    while true {
      let (up, down) = (client.takeSendable().frames, server.takeSendable().frames)
      if up.isEmpty && down.isEmpty { return }
      for frame in up { _ = try server.take(frame, at: now) }
      for frame in down { _ = try client.take(frame, at: now) }
    }
  }

  mutating func tick(after duration: Duration = .seconds(1)) throws {
    now = now + duration
    _ = try client.tick(at: now)
    _ = try server.tick(at: now)
  }

  static func request(_ method: UInt16 = 1) -> Request {
    Request(method: method, item: Item([]), trace: TraceID(high: 0, low: 0))
  }
}

@Suite struct ConnectionStateTests {
  @Test func aRefusedClientHearsTheReasonAndNoHello() throws {
    var pair = Pair()
    pair.client.queue(Frame(.hello))
    for frame in pair.client.takeSendable().frames { _ = try pair.server.take(frame, at: pair.now) }
    pair.server.refused(ServiceError(.incompatible, "too old"), at: pair.now)
    #expect(pair.server.takeSendable().frames.map(\.kind) == [.goAway])
  }

  @Test func aConnectionThatWasClosedWhileItGreetedStaysClosed() throws {
    var pair = Pair()
    _ = pair.client.close(ServiceError(.unavailable, "gone"))
    pair.client.greeted(answer: nil)
    pair.client.refused(ServiceError(.incompatible, "late"), at: pair.now)
    guard case .closed(let error) = pair.client.phase else {
      Issue.record("it is open again")
      return
    }
    #expect(error.message == "gone")
  }

  @Test func helloIsSaidOnceAndFirst() throws {
    var pair = try Pair.open()
    #expect(throws: ServiceError(.invalidRequest, "HELLO was said twice")) {
      try pair.server.take(Frame(.hello, sequence: 2), at: pair.now)
    }
    var new = Pair()
    #expect(throws: ServiceError(.invalidRequest, "expected HELLO as the first frame, found request")) {
      try new.server.take(Frame(.request, call: 1, sequence: 1), at: new.now)
    }
  }

  /// The server says HELLO only when it has heard the client's, and may ping before.
  @Test func aPingMayComeBeforeHello() throws {
    var pair = Pair()
    _ = try pair.client.take(Frame(.ping), at: pair.now)
    #expect(pair.client.takeSendable().frames.map(\.kind) == [.acknowledge, .pong])
  }

  @Test func aLostLastFrameIsNoticedByTheNextPing() throws {
    var pair = try Pair.open()
    _ = try pair.client.open(Pair.request(), at: pair.now)
    #expect(pair.client.takeSendable().frames.map(\.kind) == [.request])  // lost
    try pair.tick()
    #expect(throws: ServiceError(.unavailable, "1 frames were lost: the last to arrive was 1, the last sent 2")) {
      try pair.carry()
    }
  }

  @Test func aLostAcknowledgementIsAskedForAgain() throws {
    var pair = try Pair.open()
    _ = try pair.client.open(Pair.request(), at: pair.now)
    for frame in pair.client.takeSendable().frames { _ = try pair.server.take(frame, at: pair.now) }
    pair.now = pair.now + .seconds(1)
    _ = try pair.server.tick(at: pair.now)
    #expect(pair.server.takeSendable().frames.map(\.kind) == [.acknowledge, .ping])  // lost
    pair.client.calls = [:]
    pair.server.calls = [:]
    #expect(!pair.client.isIdle)
    try pair.tick()
    try pair.carry()
    #expect(pair.client.isIdle && pair.server.isIdle)
  }

  @Test func theLastFramesOfAConnectionThatEndsAreAcknowledgedAtOnce() throws {
    var pair = try Pair.open()
    let call = try pair.client.open(Pair.request(), at: pair.now)
    try pair.carry()
    equal(pair.server.drain(), true)
    pair.server.refuse(call, ServiceError(.overloaded, "any"))
    _ = pair.server.forget(call)
    try pair.carry()
    #expect(pair.server.isIdle)
    #expect(throws: ServiceError(.unavailable, "the peer is shutting down and takes no new calls")) {
      try pair.client.open(Pair.request(), at: pair.now)
    }
  }

  @Test func nothingStartsAfterTheEnd() throws {
    var pair = try Pair.open()
    _ = try pair.client.open(Pair.request(), at: pair.now)
    _ = pair.server.close(ServiceError(.unavailable, "gone"))
    for frame in pair.client.takeSendable().frames {
      equal(try pair.server.take(frame, at: pair.now).started == nil, true)
    }
    #expect(pair.server.calls.isEmpty)
  }

  @Test func aConnectionIsReplacedWhenItsCallNumbersAreUsedUp() throws {
    var pair = try Pair.open()
    pair.client.nextCall = Limits.lastCall
    let last = try pair.client.open(Pair.request(), at: pair.now)
    #expect(last == Limits.lastCall)
    #expect(throws: ServiceError.self) { try pair.client.open(Pair.request(), at: pair.now) }
    try pair.tick()
    _ = pair.client.forget(last)
    #expect(throws: ServiceError(.unavailable, "the connection has used up its call numbers")) {
      try pair.client.tick(at: pair.now)
    }
  }

  @Test func aPeerThatAsksAndNeverReadsIsCutOff() throws {
    var limits = Limits()
    limits.outboxByteCount = 10_000
    limits.callCount = 1
    var pair = try Pair.open(limits: limits)
    let error = #expect(throws: ServiceError.self) {
      for call in 1...1000 as ClosedRange<UInt32> {
        var frame = Pair.request().frame(call: call, credit: 4, at: pair.now)
        frame.sequence = call + 1
        _ = try pair.server.take(frame, at: pair.now)
        _ = pair.server.takeSendable()
      }
    }
    #expect(error?.code == .overloaded)
    #expect(error?.message.hasSuffix("bytes wait for a peer that does not read") == true)
  }

  @Test func anItemAfterTheLastOneIsTheCallersError() throws {
    var pair = try Pair.open()
    let call = try pair.client.open(Pair.request(), at: pair.now)
    pair.client.calls[call]?.hasFinished = true
    #expect(throws: ServiceError(.invalidRequest, "an item was sent after the last one")) {
      try pair.client.admit(Item([]), on: call)
    }
  }

  @Test func moreUnreadBytesThanAreKeptCutTheConnection() throws {
    var limits = Limits()
    limits.unreadByteCount = 1000
    var pair = try Pair.open(limits: limits)
    let call = try pair.client.open(Pair.request(), at: pair.now)
    equal(try pair.client.admit(Item([], attachment: Array(repeating: 0, count: 800)), on: call), true)
    try pair.carry()
    equal(try pair.client.admit(Item([], attachment: Array(repeating: 0, count: 800)), on: call), true)
    #expect(throws: ServiceError(.overloaded, "1600 bytes are unread; at most 1000 are kept")) { try pair.carry() }
  }

  @Test func callsBeyondTheLimitAreRefusedOnBothSides() throws {
    var limits = Limits()
    limits.callCount = 2
    var pair = try Pair.open(limits: limits)
    for _ in 0..<2 { _ = try pair.client.open(Pair.request(), at: pair.now) }
    #expect(throws: ServiceError(.overloaded, "2 calls are already open on this connection")) {
      try pair.client.open(Pair.request(), at: pair.now)
    }
    try pair.carry()
    var frame = Pair.request().frame(call: 3, credit: 4, at: pair.now)
    frame.sequence = 4
    _ = try pair.server.take(frame, at: pair.now)
    let answer = pair.server.takeSendable().frames.first { $0.kind == .end }
    #expect(answer?.call == 3 && answer?.value == ServiceError.Code.overloaded.rawValue)
  }
}
