import Concurrency
import TestSupport
import Testing

@testable import Access

private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

struct MinuteWindowTests {
  @Test func whatWasSpentCountsForAMinuteToTheNanosecond() {
    var window = MinuteWindow()
    window.spend(10, at: at(500))
    #expect(window.wait(for: 1, limit: 10, at: at(500)) == .seconds(60))
    let last = Instant(nanoseconds: 60_500_000_000 - 1)
    window.advance(to: last)
    #expect(window.wait(for: 1, limit: 10, at: last) == .nanoseconds(1))
    window.advance(to: at(60_500))
    #expect(window.wait(for: 10, limit: 10, at: at(60_500)) == .zero)
  }

  @Test func theWaitIsUntilEnoughIsForgotten() {
    var window = MinuteWindow()
    window.spend(4, at: at(0))
    window.spend(4, at: at(10_000))
    window.spend(2, at: at(20_000))
    #expect(window.wait(for: 4, limit: 10, at: at(20_000)) == .seconds(40))
    #expect(window.wait(for: 5, limit: 10, at: at(20_000)) == .seconds(50))
    #expect(window.wait(for: 10, limit: 10, at: at(20_000)) == .seconds(60))
    #expect(window.wait(for: 11, limit: 10, at: at(20_000)) == nil)
  }

  @Test func whatIsGivenBackCountsNoMore() {
    var window = MinuteWindow()
    window.spend(10, at: at(0))
    window.refund(7, spentAt: at(0))
    #expect(window.wait(for: 7, limit: 10, at: at(1)) == .zero)
    window.advance(to: at(60_000))
    window.refund(3, spentAt: at(0))
    #expect(window.total == 0)
  }

  /// Against the obvious: every amount with its instant.
  @Test func inNoMinuteIsMoreSpentThanTheLimit() {
    let seed: UInt64 = 11
    var generator = SeededGenerator(seed: seed)
    var window = MinuteWindow()
    var spent: [(at: Int64, amount: Int)] = []
    var now: Int64 = 0
    for step in 0..<20_000 {
      now += Int64.random(in: 0...900, using: &generator)
      let amount = Int.random(in: 1...60, using: &generator)
      window.advance(to: at(now))
      let recent = spent.filter { $0.at > now - 60_000 }.reduce(0) { $0 + $1.amount }
      let nearly = spent.filter { $0.at > now - 61_000 }.reduce(0) { $0 + $1.amount }
      let wait = window.wait(for: amount, limit: 1000, at: at(now))
      if wait == .zero {
        #expect(recent + amount <= 1000, "seed \(seed), step \(step)")
        window.spend(amount, at: at(now))
        spent.append((now, amount))
      } else {
        #expect(nearly + amount > 1000, "seed \(seed), step \(step): refused a second too early at most")
      }
      if spent.count > 400 { spent.removeFirst(200) }
    }
  }
}
