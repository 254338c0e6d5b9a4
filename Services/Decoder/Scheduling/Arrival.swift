/// What becomes of a prompt that arrives.
public enum Arrival: Equatable, Sendable {
  /// It waits. It starts no sooner than features of these of its images have begun to arrive; the others' rows are cached.
  case queued(missingImages: [Int])
  case refused(Refusal)
}

/// Why a prompt is not even queued.
public enum Refusal: Equatable, Sendable, CustomStringConvertible {
  /// It may fit later: the client should come again.
  case waitingQueueFull(limit: Int)
  /// It can never fit into the blocks, however empty they are.
  case exceedsBlocks(promptTokenCount: Int, maximumTokenCount: Int, capacityTokenCount: Int)

  public var description: String {
    switch self {
    case .waitingQueueFull(let limit):
      "\(limit) prompts are already waiting; try again later"
    case .exceedsBlocks(let prompt, let maximum, let capacity):
      "a prompt of \(prompt) tokens and up to \(maximum) new ones: expected at most \(capacity) together, which is what "
        + "the key-value cache holds; ask for fewer, or give the decoder more memory"
    }
  }
}
