import Testing

@testable import Scheduling

/// Scripts of events around drafted tokens: who gets rows for them, and what becomes of the wrong ones.
struct DraftTests {
  let one = SequenceID(1)
  let two = SequenceID(2)
  let three = SequenceID(3)

  /// Sequences of 20 tokens that have begun to decode, on a machine that takes `row` for each row of a step.
  private func decoding(
    _ ids: [SequenceID], step: Int = 64, maximumTokenCount: Int = 20, row: Duration = .zero
  ) -> Scheduler {
    var scheduler = Scheduler(step: step, blocks: 64)
    for id in ids { _ = scheduler.arrive(id, text(Int(id.rawValue), 20).shape(maximumTokenCount: maximumTokenCount)) }
    repeat {
      let step = scheduler.next()
      scheduler.completed(step, in: row * step.tokenCount)
      if step.decodes.count == ids.count { return scheduler }
    } while true
  }

  @Test func draftedTokensHaveRowsAfterTheLastOne() {
    var scheduler = decoding([one])
    let step = scheduler.next(drafting: [one: 3])
    #expect(
      step.decodes
        == [Chunk(one, 21..<25, blocks: Array(0..<10), needsLogits: true, draftedTokenCount: 3)])
    #expect(step.tokenCount == 4)
    scheduler.completed(step, in: .zero)
    #expect(scheduler.next().decodes[0].positions == 25..<26)
  }

  @Test func rowsOfWrongTokensAreComputedAgain() {
    var scheduler = decoding([one, two])
    let step = scheduler.next(drafting: [one: 3, two: 3])
    scheduler.completed(step, in: .zero, rejected: [one: 3, two: 1])
    #expect(scheduler.next().decodes.map(\.positions) == [22..<23, 24..<25])
  }

  @Test func noMoreIsDraftedThanMayBeGenerated() {
    var scheduler = decoding([one], maximumTokenCount: 5)
    // One token is of the prompt's last row and one of the decode: of the three that are left, one comes after drafts.
    let step = scheduler.next(drafting: [one: 8])
    #expect(step.decodes[0].draftedTokenCount == 2)
    scheduler.completed(step, in: .zero, rejected: [one: 2])
    let next = scheduler.next(drafting: [one: 8])
    #expect(next.decodes[0].draftedTokenCount == 1)
    scheduler.completed(next, in: .zero, rejected: [one: 1])
    #expect(scheduler.next(drafting: [one: 8]).decodes[0].draftedTokenCount == 0)
  }

  @Test func nothingIsDraftedBesideAPrompt() {
    var scheduler = decoding([one])
    _ = scheduler.arrive(two, text(2, 8).shape())
    #expect(summary(scheduler.next(drafting: [one: 3])) == ["decode 1 21", "prefill 2 0..<8 last"])
  }

  @Test func whoDoesNotDecodeHasNoDrafts() {
    var scheduler = decoding([one])
    #expect(scheduler.next(drafting: [two: 3]).tokenCount == 1)
  }

  @Test func draftsStayWithinTheStepsTime() {
    // 225 ms, nine tenths of the step's time, are 22 rows of 10 ms.
    var scheduler = decoding([one, two, three], row: .milliseconds(10))
    let step = scheduler.next(drafting: [one: 12, two: 12, three: 12])
    #expect(step.tokenCount == 22)
    #expect(step.decodes.map(\.draftedTokenCount) == [7, 6, 6])
  }

  @Test func draftsStayWithinTheStepsLimit() {
    var scheduler = decoding([one, two], step: 18)
    #expect(scheduler.next(drafting: [one: 15, two: 15]).tokenCount == 18)
  }

  @Test func nothingIsWorthADraftBeforeTheMachineIsKnown() {
    var scheduler = Scheduler()
    _ = scheduler.arrive(one, text(1, 4).shape())
    scheduler.step()
    #expect(scheduler.draftPrice == 1)
  }

  @Test func aRowsPriceIsItsShareOfAStepForEveryTokenOfTheStep() {
    var cost = StepCost()
    cost.measure(rowCount: 4, duration: .milliseconds(90))
    #expect(cost.price(ofRowBeside: 1) == nil)
    cost.measure(rowCount: 64, duration: .milliseconds(390))
    // 70 ms for the weights, 5 ms for a row.
    for (count, price) in [(1, 5.0 / 75), (4, 20.0 / 90), (16, 80.0 / 150)] {
      let found = cost.price(ofRowBeside: count) ?? -1
      #expect(abs(found - price) < 1e-9, "\(count) rows: \(found)")
    }
  }

  @Test func sharesAreDealtOutOneByOne() {
    #expect(DraftShares(of: 5, wanted: [4, 1, 4]).tokenCounts == [2, 1, 2])
    #expect(DraftShares(of: 4, wanted: [4, 0, 4]).tokenCounts == [2, 0, 2])
    #expect(DraftShares(of: 2, wanted: [1, 1, 1]).tokenCounts == [1, 1, 0])
    #expect(DraftShares(of: 100, wanted: [4, 2]).tokenCounts == [4, 2])
    #expect(DraftShares(of: 0, wanted: [4, 2]).tokenCounts == [0, 0])
    #expect(DraftShares(of: 3, wanted: []).tokenCounts == [])
  }
}
