/// A prompt that has arrived and holds no blocks yet.
struct WaitingSequence: Sendable {
  let id: SequenceID
  let prompt: PromptShape
  /// Images whose features it waits for.
  var missingImages: Set<Int>
  /// Images whose features are here, to be used when it starts.
  var arrivedImages: Set<Int> = []

  var isReady: Bool { missingImages.isEmpty }
}

/// A sequence that holds the blocks of its prompt and of all that it may generate.
struct RunningSequence: Sendable {
  let id: SequenceID
  let prompt: PromptShape
  let blocks: [Int]
  /// Tokens of the prompt whose rows were cached when it started.
  let sharedTokenCount: Int
  /// Tokens whose rows are in the blocks.
  var computedTokenCount: Int

  var isDecoding: Bool { computedTokenCount >= prompt.tokenCount }

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

  /// The next part of the prompt, `room` tokens at most.
  func prefill(atMost room: Int) -> Chunk {
    let end = min(prompt.tokenCount, computedTokenCount + room)
    return Chunk(id, computedTokenCount..<end, blocks: blocks, needsLogits: end == prompt.tokenCount)
  }
}
