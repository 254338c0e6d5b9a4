/// Drafts what may come next without a second model: an answer often says again what the prompt or itself has said.
///
/// Source: Saxena 2023, "Prompt Lookup Decoding" (github.com/apoorvumang/prompt-lookup-decoding); Yang et al. 2023,
/// "Inference with Reference: Lossless Acceleration of Large Language Models".
enum PromptLookup {
  /// Tokens that are looked for: the last three, or else the last two. One alone stands in too many places.
  static let longestMatch = 3
  static let shortestMatch = 2
  /// Tokens drafted at once. Further ones seldom hold, and each takes a row of a step.
  static let tokenLimit = 8
  /// Tokens looked back on, so that a look takes microseconds however long the text is.
  static let reach = 4096

  /// The `count` tokens that followed the latest earlier place of the text's last ones, the longest match first.
  ///
  /// Where the text ends before that, it goes on as it would by repeating itself. Empty without a match.
  static func draft(after text: [Int32], count: Int) -> [Int32] {
    guard let start = continuation(of: text.suffix(reach)) else { return [] }
    var repeated = Array(text[start...])
    // Each token is `text.count - start` after the one it repeats.
    for place in 0..<max(0, count - repeated.count) { repeated.append(repeated[place]) }
    return Array(repeated.prefix(count))
  }

  /// The index in `text` after the latest earlier place of its last tokens.
  private static func continuation(of text: ArraySlice<Int32>) -> Int? {
    var shorter: Int?
    var end = text.endIndex - 1
    while end - text.startIndex >= shortestMatch {
      let length = matchLength(of: text, endingAt: end)
      if length == longestMatch { return end }
      if length == shortestMatch, shorter == nil { shorter = end }
      end -= 1
    }
    return shorter
  }

  /// How many tokens before `end` are those before the text's end, `longestMatch` at most.
  private static func matchLength(of text: ArraySlice<Int32>, endingAt end: Int) -> Int {
    var length = 0
    while length < longestMatch, end - length > text.startIndex,
      text[end - 1 - length] == text[text.endIndex - 1 - length]
    {
      length += 1
    }
    return length
  }
}
