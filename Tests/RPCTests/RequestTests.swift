import Concurrency
import Testing

@testable import RPC

struct RequestTests {
  /// Two processes' clocks have nothing in common.
  private let clientNow = Instant(nanoseconds: 5_000_000_000)
  private let serverNow = Instant(nanoseconds: 77)

  private func crossed(deadline: Instant) throws -> Request {
    let request = Request(
      method: 3, item: Item([1, 2], attachment: [9]), deadline: deadline, trace: TraceID(high: 1, low: 2))
    let frame = request.frame(call: 8, credit: 4, at: clientNow)
    #expect(Request.credit(of: frame) == 4)
    let arrived = try Request(frame, at: serverNow)
    #expect(arrived.method == 3)
    #expect(arrived.item == request.item)
    #expect(arrived.trace == request.trace)
    return arrived
  }

  @Test func theTimeThatIsLeftCrosses() throws {
    #expect(try crossed(deadline: clientNow + .seconds(3)).deadline == serverNow + .seconds(3))
  }

  @Test func aFractionOfAMillisecondIsRoundedUp() throws {
    #expect(try crossed(deadline: clientNow + .nanoseconds(1)).deadline == serverNow + .milliseconds(1))
  }

  @Test func aDeadlineThatHasPassedLeavesNoTime() throws {
    #expect(try crossed(deadline: clientNow + .seconds(-3)).deadline == serverNow)
  }

  @Test func noDeadlineStaysNone() throws {
    #expect(try crossed(deadline: .distantFuture).deadline == .distantFuture)
    #expect(try crossed(deadline: clientNow + .seconds(86_400 * 365)).deadline == .distantFuture)
  }

  @Test func aShortPreambleIsAnErrorAtEveryByte() {
    for count in 0..<Request.preambleByteCount {
      let frame = Frame(.request, call: 1, message: Array(repeating: 0, count: count))
      let message = "request: expected 24 bytes or more, found \(count)"
      #expect(throws: ServiceError(.invalidRequest, message)) { try Request(frame, at: serverNow) }
    }
  }
}
