import Testing

@testable import Decoder

struct DraftRecordTests {
  /// Rows at a tenth of a step: one stream on a model whose weights take most of the time.
  static let lowPrice = 0.1
  /// Rows at more than half of the tokens: many streams.
  static let highPrice = 0.6

  @Test func beforeAnythingIsKnownAFewTokensAreTriedWhereTheyAreCheap() {
    #expect(DraftRecord().tokenCount(atPrice: Self.lowPrice) == 3)
    #expect(DraftRecord().tokenCount(atPrice: Self.highPrice) == 0)
    #expect(DraftRecord().tokenCount(atPrice: 0) == PromptLookup.tokenLimit)
  }

  @Test func atThePriceOfATokenNothingIsDrafted() {
    var record = DraftRecord()
    for _ in 0..<1000 { record.note(accepted: 8, of: 8) }
    #expect(record.tokenCount(atPrice: 1) == 0)
  }

  @Test func whatHoldsIsDraftedFurther() {
    var record = DraftRecord()
    for _ in 0..<8 { record.note(accepted: 8, of: 8) }
    #expect(record.tokenCount(atPrice: Self.lowPrice) == PromptLookup.tokenLimit)
    #expect(record.tokenCount(atPrice: Self.highPrice) == PromptLookup.tokenLimit)
  }

  @Test func whatNeverHoldsIsGivenUpAndTriedAgainLater() {
    var record = DraftRecord()
    var stepCount = 0
    while record.tokenCount(atPrice: Self.lowPrice) > 0, stepCount < 100 {
      record.note(accepted: 0, of: 1)
      stepCount += 1
    }
    #expect((5...20).contains(stepCount), "given up after \(stepCount) steps")
    for _ in 0..<20 { record.note(accepted: 0, of: 0) }
    #expect(record.tokenCount(atPrice: Self.lowPrice) > 0)
  }

  @Test func onlyTheFirstWrongTokenCountsAsTested() {
    var long = DraftRecord()
    long.note(accepted: 1, of: 8)
    var short = DraftRecord()
    short.note(accepted: 1, of: 2)
    #expect(long == short)
  }
}
