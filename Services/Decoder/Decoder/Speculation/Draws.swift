import LanguageModel

/// The tokens that were drawn from the rows of one chunk, in their order.
struct Draws: Sendable {
  private(set) var tokens: [SampledToken] = []
  /// Why there is no further one, where that is no matter of course.
  private(set) var error: SamplingError?

  /// Drafted tokens that were drawn: each has given the next token its row.
  var acceptedCount: Int { max(0, tokens.count - 1) }

  /// Of a chunk that asks for none.
  init() {}

  /// Draws from one row after the other for as long as the next row was computed for the token that was drawn. So every
  /// token is drawn from the logits, the history and the index that it would have without drafts.
  ///
  /// `logits` are `[1 + drafted, vocabulary]`; `tokenIndex` is that of the first token in the answer, and after one of
  /// `ends` nothing is drawn.
  init(
    from logits: [Float], drafted: ArraySlice<Int32>, sampler: Sampler, history: TokenHistory, tokenIndex: Int,
    ends: Set<Int32>
  ) {
    let width = logits.count / (1 + drafted.count)
    var history = history
    var drafted = drafted
    while true {
      do throws(SamplingError) {
        let row = logits[tokens.count * width..<(tokens.count + 1) * width]
        tokens.append(
          try sampler.next(logits: Array(row), history: history, tokenIndex: tokenIndex + tokens.count))
      } catch {
        self.error = error
        return
      }
      let token = tokens[tokens.count - 1].id
      guard drafted.popFirst() == token, !ends.contains(token) else { return }
      history.append(token)
    }
  }
}

extension Sequence {
  /// Draws from the logits `[rows, vocabulary]` of a chunk: one row, and one for each drafted token that was computed.
  func draw(from logits: [Float], drafted: Int) -> Draws {
    Draws(
      from: logits, drafted: speculation.draft.prefix(drafted), sampler: sampler, history: history,
      tokenIndex: tokens.count, ends: endOfSequenceIDs)
  }
}
