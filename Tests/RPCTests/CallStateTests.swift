import Concurrency
import Testing

@testable import RPC

@Suite struct CallStateTests {
  private func state(credit: Int = 4) -> CallState {
    CallState(creditLimit: credit, outboundCredit: credit, deadline: .distantFuture)
  }

  private func item(_ number: UInt8) -> Item { Item([number]) }

  @Test func itemsAreReadInOrderAndCounted() throws {
    var state = state()
    for number in 1...3 as ClosedRange<UInt8> { _ = try state.arrived(item(number)) }
    #expect(state.unreadByteCount == 3)
    for number in 1...3 as ClosedRange<UInt8> {
      equal(state.read().item, item(number))
    }
    #expect(state.unreadByteCount == 0)
    equal(state.read().item, nil)
  }

  @Test func moreThanTheCreditBreaksTheProtocol() throws {
    var state = state()
    for number in 1...4 as ClosedRange<UInt8> { _ = try state.arrived(item(number)) }
    #expect(throws: ServiceError(.invalidRequest, "more items were sent on a call than it had credit for")) {
      try state.arrived(item(5))
    }
  }

  @Test func creditIsGrantedInHalfWindows() throws {
    var state = state()
    for number in 1...4 as ClosedRange<UInt8> { _ = try state.arrived(item(number)) }
    equal(state.grant(), nil)
    _ = state.read()
    equal(state.grant(), nil)
    _ = state.read()
    equal(state.grant(), 2)
    equal(state.grant(), nil)
    for number in 5...6 as ClosedRange<UInt8> { _ = try state.arrived(item(number)) }
    #expect(throws: ServiceError.self) { try state.arrived(item(7)) }
  }

  @Test func nothingIsGrantedOnceNoMoreWillCome() throws {
    var state = state()
    for number in 1...4 as ClosedRange<UInt8> { _ = try state.arrived(item(number)) }
    _ = state.finishedByPeer()
    for _ in 1...4 { _ = state.read() }
    equal(state.grant(), nil)
    equal(state.read().isEnd, true)
    #expect(throws: ServiceError(.invalidRequest, "an item was sent after the last one")) {
      var finished = self.state()
      _ = finished.finishedByPeer()
      _ = try finished.arrived(item(1))
    }
  }

  @Test func whatArrivedBeforeTheErrorIsReadFirst() throws {
    var state = state()
    _ = try state.arrived(item(1))
    let error = ServiceError(.overloaded, "later")
    equal(state.ended(.failure(error)).isEmpty, true)
    equal(state.ended(.success(())).isEmpty, true)
    equal(state.read().item, item(1))
    equal(state.read().error, error)
  }
}

extension CallState.Read {
  fileprivate var item: Item? { if case .item(let item) = self { item } else { nil } }
  fileprivate var error: ServiceError? { if case .failed(let error) = self { error } else { nil } }
  fileprivate var isEnd: Bool { if case .end = self { true } else { false } }
}
