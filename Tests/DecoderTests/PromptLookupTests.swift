import Testing

@testable import Decoder

struct PromptLookupTests {
  @Test func whatFollowedTheLastThreeTokensIsDrafted() {
    #expect(PromptLookup.draft(after: [1, 2, 3, 4, 5, 6, 1, 2, 3], count: 3) == [4, 5, 6])
  }

  @Test func twoTokensAreEnoughAndOneIsNot() {
    #expect(PromptLookup.draft(after: [9, 2, 3, 4, 5, 1, 2, 3], count: 2) == [4, 5])
    #expect(PromptLookup.draft(after: [9, 8, 3, 4, 5, 1, 2, 3], count: 2) == [])
  }

  @Test func theLatestPlaceIsTaken() {
    #expect(PromptLookup.draft(after: [1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3], count: 1) == [5])
    #expect(PromptLookup.draft(after: [7, 2, 3, 4, 8, 2, 3, 5, 1, 2, 3], count: 1) == [5])
  }

  @Test func threeTokensGoBeforeTwoThatAreNearer() {
    #expect(PromptLookup.draft(after: [1, 2, 3, 4, 9, 2, 3, 5, 1, 2, 3], count: 1) == [4])
  }

  @Test func aTextThatRepeatsItselfGoesOnRepeating() {
    #expect(PromptLookup.draft(after: [5, 1, 2, 1, 2], count: 7) == [1, 2, 1, 2, 1, 2, 1])
    #expect(PromptLookup.draft(after: [7, 7, 7], count: 3) == [7, 7, 7])
    #expect(PromptLookup.draft(after: [1, 2, 3, 1, 2, 3], count: 5) == [1, 2, 3, 1, 2])
  }

  @Test func aTextTooShortToRepeatDraftsNothing() {
    for text in [[], [1], [1, 1], [1, 2], [1, 2, 1], [1, 2, 3, 4]] as [[Int32]] {
      #expect(PromptLookup.draft(after: text, count: 4) == [], "\(text)")
    }
  }

  @Test func nothingBeyondTheReachIsLookedAt() {
    let far: [Int32] = [1, 2, 3, 4]
    let filler = (0..<PromptLookup.reach).map { Int32(100 + $0) }
    #expect(PromptLookup.draft(after: far + filler.dropFirst(7) + [1, 2, 3], count: 1) == [4])
    #expect(PromptLookup.draft(after: far + filler + [1, 2, 3], count: 1) == [])
  }
}
