/// Which block holds the last rows before a boundary that some prompt has passed.
///
/// A key at a whole number of blocks stands for a full block; a key within a block (an image's end) for its first rows.
/// One block may stand behind several keys: that of its end and those of images that end inside it.
struct PrefixIndex: Sendable {
  private var blocks: [PrefixKey: Int] = [:]
  private var keys: [[PrefixKey]]

  init(blockCount: Int) { keys = Array(repeating: [], count: blockCount) }

  func block(of key: PrefixKey) -> Int? { blocks[key] }

  func isCached(_ block: Int) -> Bool { !keys[block].isEmpty }

  /// Keeps the first block that is registered for a key: others hold the same rows.
  mutating func insert(_ key: PrefixKey, at block: Int) {
    guard blocks[key] == nil else { return }
    blocks[key] = block
    keys[block].append(key)
  }

  mutating func remove(_ block: Int) {
    for key in keys[block] { blocks[key] = nil }
    keys[block].removeAll()
  }

  /// The longest prefix of the prompt that is cached, short of its last token: that one is always computed, since the
  /// first new token is sampled from its logits.
  func match(_ prompt: PromptShape, blockTokenCount: Int) -> PrefixMatch {
    var match = PrefixMatch()
    var wholeTokenCount = 0
    for boundary in prompt.boundaries {
      let wholeEnd = wholeTokenCount + blockTokenCount
      guard boundary.tokenCount <= wholeEnd else { break }
      guard let block = blocks[boundary.key] else { continue }
      let shared = min(boundary.tokenCount, prompt.tokenCount - 1)
      guard shared > match.tokenCount else { continue }
      match.tokenCount = shared
      if shared == wholeEnd {
        match.wholeBlocks.append(block)
        match.partial = nil
        wholeTokenCount = wholeEnd
      } else {
        match.partial = PartialBlock(index: block, tokenCount: shared - wholeTokenCount)
      }
    }
    return match
  }
}

/// Cached rows that a prompt may share.
struct PrefixMatch: Equatable, Sendable {
  /// Rows of the prompt that are cached.
  var tokenCount = 0
  /// Full blocks, shared as they are.
  var wholeBlocks: [Int] = []
  /// The block whose first rows are copied, where the prefix ends within one.
  var partial: PartialBlock?
}

/// A cached block of which a prompt shares the first rows only.
struct PartialBlock: Equatable, Sendable {
  let index: Int
  let tokenCount: Int
}
