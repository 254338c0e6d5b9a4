/// How often a sequence's drafted tokens have held of late, and how many more are worth their rows.
struct DraftRecord: Equatable, Sendable {
  private var testedCount = 0.0
  private var acceptedCount = 0.0

  /// What a step leaves of the evidence before it: about the last 16 steps count, so drafting is tried again after a
  /// while where it did not help.
  private static let memory = 15.0 / 16

  /// The share of drafted tokens that hold, by the rule of succession: one half before anything is known.
  var chance: Double { (acceptedCount + 1) / (testedCount + 2) }

  /// A step has passed: of its drafted tokens `accepted` held, and the first that did not counts as tested too.
  mutating func note(accepted: Int, of drafted: Int) {
    testedCount = testedCount * Self.memory + Double(min(drafted, accepted + 1))
    acceptedCount = acceptedCount * Self.memory + Double(accepted)
  }

  /// Drafted tokens that pay where a row costs as much time as `price` tokens take: one pays if it is more likely to
  /// hold than that, and it holds only where all before it do.
  func tokenCount(atPrice price: Double) -> Int {
    var count = 0
    var chanceOfAll = chance
    while count < PromptLookup.tokenLimit, chanceOfAll > price {
      count += 1
      chanceOfAll *= chance
    }
    return count
  }
}
