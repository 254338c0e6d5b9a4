import Concurrency
import Testing

@testable import RPC

@Suite struct SendWindowTests {
  private var limits: Limits {
    var limits = Limits()
    limits.unacknowledgedFrameCount = 3
    limits.unacknowledgedByteCount = 100
    return limits
  }

  private func frame(_ byteCount: Int) -> Frame {
    Frame(.item, message: [UInt8](repeating: 0, count: byteCount - Frame.headerByteCount))
  }

  @Test func framesAreNumberedFromOne() {
    var window = SendWindow(limits: limits)
    for sequence in 1...3 as ClosedRange<UInt32> {
      var frame = frame(20)
      window.number(&frame)
      #expect(frame.sequence == sequence)
    }
  }

  @Test func theWindowIsFullAfterItsFramesUntilOneIsAcknowledged() throws {
    var window = SendWindow(limits: limits)
    for _ in 0..<3 {
      #expect(window.hasRoom(for: 20))
      var frame = frame(20)
      window.number(&frame)
    }
    #expect(!window.hasRoom(for: 1))
    try window.acknowledged(upTo: 1)
    #expect(window.hasRoom(for: 20))
    #expect(window.unacknowledgedByteCount == 40)
  }

  @Test func theWindowIsFullAfterItsBytesButAnEmptyOneTakesAnyFrame() throws {
    var window = SendWindow(limits: limits)
    #expect(window.hasRoom(for: 1000))
    var large = frame(1000)
    window.number(&large)
    #expect(!window.hasRoom(for: 1))
    try window.acknowledged(upTo: 1)
    #expect(window.isIdle)
    var half = frame(60)
    window.number(&half)
    #expect(window.hasRoom(for: 40))
    #expect(!window.hasRoom(for: 41))
  }

  @Test func oldAndRepeatedAcknowledgementsSayNothing() throws {
    var window = SendWindow(limits: limits)
    for _ in 0..<3 {
      var frame = frame(20)
      window.number(&frame)
    }
    try window.acknowledged(upTo: 2)
    try window.acknowledged(upTo: 2)
    try window.acknowledged(upTo: 1)
    try window.acknowledged(upTo: 0)
    #expect(window.unacknowledgedByteCount == 20)
  }

  @Test func anAcknowledgementOfTheFutureIsALie() throws {
    var window = SendWindow(limits: limits)
    var frame = frame(20)
    window.number(&frame)
    #expect(throws: ServiceError(.invalidRequest, "acknowledged frame 2, but only 1 were sent")) {
      try window.acknowledged(upTo: 2)
    }
  }
}

@Suite struct ReceiveWindowTests {
  private var limits: Limits {
    var limits = Limits()
    limits.acknowledgedEvery = 3
    limits.acknowledgedEveryByteCount = 100
    return limits
  }

  @Test func framesInOrderAreTakenAndAcknowledgedNowAndThen() throws {
    var window = ReceiveWindow(limits: limits)
    var acknowledgements: [UInt32] = []
    for sequence in 1...7 as ClosedRange<UInt32> {
      equal(try window.arrived(sequence, byteCount: 10), .take)
      if let due = window.acknowledgement() { acknowledgements.append(due) }
    }
    #expect(acknowledgements == [3, 6])
    equal(window.acknowledgement(eagerly: true), 7)
    equal(window.acknowledgement(eagerly: true), nil)
  }

  @Test func manyBytesAreAcknowledgedAtOnce() throws {
    var window = ReceiveWindow(limits: limits)
    _ = try window.arrived(1, byteCount: 100)
    equal(window.acknowledgement(), 1)
  }

  @Test func aRepeatedFrameIsNotTakenAgain() throws {
    var window = ReceiveWindow(limits: limits)
    equal(try window.arrived(1, byteCount: 10), .take)
    equal(try window.arrived(1, byteCount: 10), .repeated)
    equal(try window.arrived(2, byteCount: 10), .take)
    equal(try window.arrived(1, byteCount: 10), .repeated)
  }

  @Test func aGapIsNamed() throws {
    var window = ReceiveWindow(limits: limits)
    _ = try window.arrived(1, byteCount: 10)
    #expect(throws: ServiceError(.unavailable, "2 frames were lost: expected frame 2, found 4")) {
      try window.arrived(4, byteCount: 10)
    }
  }

  @Test func lostLastFramesAreNoticedByWhatThePeerSaysItSent() throws {
    var window = ReceiveWindow(limits: limits)
    _ = try window.arrived(1, byteCount: 10)
    try window.peerHasSent(upTo: 1)
    try window.peerHasSent(upTo: 0)  // an old ping, repeated
    #expect(throws: ServiceError(.unavailable, "1 frames were lost: the last to arrive was 1, the last sent 2")) {
      try window.peerHasSent(upTo: 2)
    }
  }

  @Test func whoAsksIsToldAgain() throws {
    var window = ReceiveWindow(limits: limits)
    _ = try window.arrived(1, byteCount: 10)
    equal(window.acknowledgementOfAll(), 1)
    equal(window.acknowledgementOfAll(), 1)
    equal(window.acknowledgement(eagerly: true), nil)
  }
}

@Suite struct KeepAliveTests {
  private let start = Instant(nanoseconds: 5)
  private var keepAlive: KeepAlive { KeepAlive(limits: Limits(), at: start) }  // pings after 1 s, gives up after 10 s

  @Test func aSilentPeerIsPingedAndGivenUpAtItsTimeAndNotBefore() {
    var keepAlive = keepAlive
    for second in 1...9 as ClosedRange<Int64> { equal(keepAlive.tick(at: start + .seconds(second)), .ping) }
    equal(keepAlive.tick(at: start + .milliseconds(9999)), .ping)
    equal(keepAlive.tick(at: start + .seconds(10)), .dead(silentFor: .seconds(10)))
  }

  @Test func aPeerThatWasHeardIsLeftInPeace() {
    var keepAlive = keepAlive
    for second in 1...30 as ClosedRange<Int64> {
      keepAlive.heard(at: start + .milliseconds(second * 1000 - 500))
      equal(keepAlive.tick(at: start + .seconds(second)), .rest)
    }
  }

  @Test func whoWasFrozenDoesNotBlameThePeer() {
    var keepAlive = keepAlive
    equal(keepAlive.tick(at: start + .seconds(1)), .ping)
    equal(keepAlive.tick(at: start + .seconds(60)), .rest)
    for second in 61...69 as ClosedRange<Int64> { equal(keepAlive.tick(at: start + .seconds(second)), .ping) }
    equal(keepAlive.tick(at: start + .seconds(70)), .dead(silentFor: .seconds(10)))
  }

  /// What came right after waking does not put the silence an hour into the future.
  @Test func aFreezeDoesNotHideALaterSilence() {
    var keepAlive = keepAlive
    let woken = start + .seconds(3600)
    keepAlive.heard(at: woken)
    equal(keepAlive.tick(at: woken), .rest)
    for second in 1...9 as ClosedRange<Int64> { _ = keepAlive.tick(at: woken + .seconds(second)) }
    equal(keepAlive.tick(at: woken + .seconds(10)), .dead(silentFor: .seconds(10)))
  }
}
