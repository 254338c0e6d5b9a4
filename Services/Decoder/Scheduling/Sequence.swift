/// A prompt that has arrived and holds no blocks yet.
struct WaitingSequence: Sendable {
  let id: SequenceID
  let prompt: PromptShape
  /// Images whose features have to come.
  var missingImages: Set<Int>
  /// Of images, the leading tokens whose features are here.
  var arrivedTokenCounts: [Int: Int] = [:]

  /// Once each image has begun to come: the rest of it is on its way.
  var isReady: Bool { missingImages.allSatisfy(hasBegun) }

  func hasBegun(_ image: Int) -> Bool { arrivedTokenCounts[image, default: 0] > 0 }
}

/// A sequence that holds the blocks of its prompt and of all that it may generate.
struct RunningSequence: Sendable {
  let id: SequenceID
  let prompt: PromptShape
  let blocks: [Int]
  /// Tokens of the prompt whose rows were cached when it started.
  let sharedTokenCount: Int
  /// Of images, the leading tokens whose features are here.
  var arrivedTokenCounts: [Int: Int]
  /// Tokens whose rows are in the blocks.
  var computedTokenCount: Int

  var isDecoding: Bool { computedTokenCount >= prompt.tokenCount }

  /// Whether it waits for features that are still on their way.
  var isStarved: Bool { !isDecoding && computableTokenCount == computedTokenCount }

  /// The prompt's tokens before the first whose features are not here.
  private var computableTokenCount: Int {
    for image in prompt.images(beyond: computedTokenCount) {
      let tokens = prompt.images[image]
      let arrived = arrivedTokenCounts[image, default: 0]
      if arrived < tokens.count { return max(computedTokenCount, tokens.lowerBound + arrived) }
    }
    return prompt.tokenCount
  }

  /// Tokens that may be drafted: with the one that is sampled after them, no more than may still be generated.
  var draftLimit: Int { max(0, prompt.tokenCount + prompt.maximumTokenCount - computedTokenCount - 2) }

  /// The next token, sampled from the position before, and `drafted` tokens after it.
  func decode(drafted: Int) -> Chunk {
    let limit = prompt.tokenCount + prompt.maximumTokenCount
    precondition(
      computedTokenCount < limit,
      "\(id) has generated all of its \(prompt.maximumTokenCount) tokens and was not finished")
    return Chunk(
      id, computedTokenCount..<computedTokenCount + 1 + drafted, blocks: blocks, needsLogits: true,
      draftedTokenCount: drafted)
  }

  /// The next part of the prompt, `room` tokens at most; of a starved one there is none.
  func prefill(atMost room: Int) -> Chunk {
    let end = min(computableTokenCount, computedTokenCount + room)
    return Chunk(id, computedTokenCount..<end, blocks: blocks, needsLogits: end == prompt.tokenCount)
  }
}
