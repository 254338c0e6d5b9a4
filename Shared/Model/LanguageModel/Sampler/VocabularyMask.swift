/// The tokens that may be generated.
///
/// A checkpoint's output is often wider than its tokenizer (padded, or with rows for the image and pad tokens), and what
/// stands there is no text. Both numbers come from the checkpoint.
public struct VocabularyMask: Equatable, Sendable {
  /// The tokenizer's own size: ids from here on are never generated.
  public let tokenCount: Int
  /// Ids below `tokenCount` that are never generated either: the image's and the padding's.
  public let excluded: Set<Int32>

  public init(tokenCount: Int, excluding excluded: Set<Int32> = []) {
    precondition(tokenCount > 0, "tokenCount: expected at least 1, found \(tokenCount)")
    self.tokenCount = tokenCount
    self.excluded = excluded
  }
}
