/// What one sequence drafts.
struct Speculation: Sendable {
  /// Tokens that may follow the last one; rows are computed for them before they are drawn.
  private(set) var draft: [Int32] = []
  /// The prompt's text and the answer so far; an image's rows are no tokens and are never drafted.
  private var text: [Int32]
  private var record = DraftRecord()

  init(prompt text: [Int32]) { self.text = text }

  mutating func append(_ token: Int32) { text.append(token) }

  /// Drafts as many tokens as pay where a row costs as much time as `price` tokens take.
  mutating func plan(atPrice price: Double) {
    let count = record.tokenCount(atPrice: price)
    draft = count > 0 ? PromptLookup.draft(after: text, count: count) : []
  }

  /// A step has passed in which so many of the drafted tokens had rows, and so many of them were drawn.
  mutating func note(accepted: Int, of drafted: Int) { record.note(accepted: accepted, of: drafted) }
}
