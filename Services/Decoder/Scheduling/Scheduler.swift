/// Decides what the decoder computes next; the engine computes it and knows nothing of queues.
///
/// A prompt waits until the first features of each of its images are here, starts in the order of arrival as soon as its
/// blocks fit, is computed in chunks as far as its features have come, and then decodes one token in every step. A step first carries a token of every decoding
/// sequence and then as much of the prompts as the machine computes within the step's time, so a long prompt never
/// stalls a stream; where nothing decodes, nobody waits, and the step is as large as it may be. All blocks that a
/// sequence may ever need are reserved when it starts: an accepted sequence never fails for want of memory.
///
/// Rows are kept after their sequence has gone, and are found again by the key of what lies before them. A prompt that
/// begins like an earlier one (the same image and another question) computes only what is new.
///
/// One step is out at a time: `next()`, then `completed(_:in:)`, and again.
public struct Scheduler: Sendable {
  public let limits: Limits
  private var waiting: [WaitingSequence] = []
  private(set) var running: [RunningSequence] = []
  var pool: BlockPool
  private var cost = StepCost()
  private var isStepOut = false

  public init(limits: Limits) {
    self.limits = limits
    pool = BlockPool(blockCount: limits.blockCount)
  }

  /// Queues a prompt, or says why not. Looks at the cached prefixes without holding any, so that images can be encoded
  /// while the prompt waits. An `id` must not be in use.
  public mutating func arrive(_ id: SequenceID, _ prompt: PromptShape) -> Arrival {
    precondition(!isWaiting(id) && !isRunning(id), "\(id) is already here")
    let capacity = limits.capacityTokenCount
    guard prompt.tokenCount <= capacity, prompt.maximumTokenCount <= capacity - prompt.tokenCount else {
      return .refused(
        .exceedsBlocks(
          promptTokenCount: prompt.tokenCount, maximumTokenCount: prompt.maximumTokenCount,
          capacityTokenCount: capacity))
    }
    guard waiting.count < limits.waitingCount else {
      return .refused(.waitingQueueFull(limit: limits.waitingCount))
    }
    let missing = prompt.images(beyond: match(prompt).tokenCount)
    waiting.append(WaitingSequence(id: id, prompt: prompt, missingImages: Set(missing)))
    return .queued(missingImages: missing)
  }

  /// The features of an image's first `tokenCount` tokens, or of all, are here and stay until the sequence is finished.
  /// Of no effect for a sequence that has gone meanwhile.
  public mutating func featuresArrived(_ id: SequenceID, image: Int, tokenCount: Int? = nil) {
    func checked(_ prompt: PromptShape) -> Int {
      precondition(
        prompt.images.indices.contains(image),
        "\(id) has \(prompt.images.count) images, found features of image \(image)")
      let whole = prompt.images[image].count
      precondition(
        tokenCount ?? whole <= whole, "image \(image) has \(whole) tokens, found features of \(tokenCount ?? whole)")
      return tokenCount ?? whole
    }
    if let place = waiting.firstIndex(where: { $0.id == id }) {
      waiting[place].arrivedTokenCounts[image] = checked(waiting[place].prompt)
    } else if let place = running.firstIndex(where: { $0.id == id }) {
      running[place].arrivedTokenCounts[image] = checked(running[place].prompt)
    }
  }

  /// What to compute now. Where the step is not empty, `completed(_:in:)` has to follow.
  ///
  /// `drafts` says how many tokens are drafted for decoding sequences; chunks carry as many of them as fit.
  public mutating func next(drafting drafts: [SequenceID: Int] = [:]) -> Step {
    precondition(!isStepOut, "the step before has not been completed")
    var step = Step()
    startReady(into: &step)
    let decoding = running.filter(\.isDecoding)
    let shares = DraftShares(
      of: draftRoom(beside: decoding.count), wanted: decoding.map { min(drafts[$0.id] ?? 0, $0.draftLimit) })
    step.decodes = zip(decoding, shares.tokenCounts).map { $0.decode(drafted: $1) }
    var room = prefillRoom(beside: decoding.count)
    for sequence in running where !sequence.isDecoding && !sequence.isStarved && room > 0 {
      let chunk = sequence.prefill(atMost: room)
      step.prefills.append(chunk)
      room -= chunk.positions.count
    }
    isStepOut = !step.isEmpty
    return step
  }

  /// The step has been computed, and took `duration`: its rows count, and those of prompts can be shared from now on.
  /// Sequences that were finished meanwhile are passed over; when a step fails, finish all of its sequences first.
  ///
  /// `rejected` says how many of a chunk's drafted tokens were wrong: their rows are computed again, over the wrong ones.
  public mutating func completed(_ step: Step, in duration: Duration, rejected: [SequenceID: Int] = [:]) {
    isStepOut = false
    if !step.isEmpty { cost.measure(rowCount: step.tokenCount, duration: duration) }
    for chunk in step.decodes + step.prefills {
      guard let place = running.firstIndex(where: { $0.id == chunk.id }) else { continue }
      precondition(
        running[place].computedTokenCount == chunk.positions.lowerBound,
        "\(chunk.id): expected positions from \(running[place].computedTokenCount), found \(chunk.positions)")
      let rejectedTokenCount = rejected[chunk.id] ?? 0
      precondition(
        (0...chunk.draftedTokenCount).contains(rejectedTokenCount),
        "\(chunk.id): expected at most \(chunk.draftedTokenCount) rejected tokens, found \(rejectedTokenCount)")
      running[place].computedTokenCount = chunk.positions.upperBound - rejectedTokenCount
      register(chunk, of: running[place].prompt)
    }
  }

  /// The sequence has ended, or is not wanted any more, wherever it stands. Of no effect if it has gone already.
  public mutating func finish(_ id: SequenceID) {
    waiting.removeAll { $0.id == id }
    guard let place = running.firstIndex(where: { $0.id == id }) else { return }
    pool.release(running.remove(at: place).blocks)
  }

  // MARK: - What is where

  public var blockCounts: BlockCounts { pool.counts }
  public var waitingCount: Int { waiting.count }
  public var runningCount: Int { running.count }
  public func isWaiting(_ id: SequenceID) -> Bool { waiting.contains { $0.id == id } }
  public func isRunning(_ id: SequenceID) -> Bool { running.contains { $0.id == id } }

  /// Tokens of a running sequence's prompt that were cached when it started; nil where it does not run.
  public func sharedTokenCount(of id: SequenceID) -> Int? {
    running.first { $0.id == id }?.sharedTokenCount
  }

  // MARK: - Room

  /// Tokens of prompts in a step that has so many of decoding sequences.
  private func prefillRoom(beside decodeTokenCount: Int) -> Int {
    let room = limits.stepTokenCount - decodeTokenCount
    guard decodeTokenCount > 0 else { return room }
    return min(room, max(fittingTokenCount - decodeTokenCount, Limits.leastPrefillTokenCount))
  }

  /// Tokens that may be drafted beside so many decoding sequences: as many as stay within the step's time, and none
  /// while a prompt is computed, whose rows are sure to count.
  private func draftRoom(beside decodeTokenCount: Int) -> Int {
    guard running.allSatisfy({ $0.isDecoding || $0.isStarved }) else { return 0 }
    return max(0, fittingTokenCount - decodeTokenCount)
  }

  /// Tokens of a step of the length that it aims at; none before anything is known.
  private var fittingTokenCount: Int {
    cost.rowCount(within: limits.aimedStepTime, atMost: limits.stepTokenCount) ?? 0
  }

  /// What a row of a drafted token costs now, in tokens that the decoding sequences draw in the time that it takes: a
  /// draft pays where it is more likely to hold. 1, so that none pays, while too little has been measured.
  public var draftPrice: Double { cost.price(ofRowBeside: running.count) ?? 1 }

  // MARK: - Starting and sharing

  /// Starts ready sequences in the order of arrival. Those that are not ready are passed over; a ready one that does
  /// not fit holds back all behind it, or a stream of short prompts would keep a long one waiting for ever.
  private mutating func startReady(into step: inout Step) {
    var place = 0
    while place < waiting.count, running.count < limits.runningCount {
      let candidate = waiting[place]
      guard candidate.isReady else {
        place += 1
        continue
      }
      let match = match(candidate.prompt)
      let missing = candidate.prompt.images(beyond: match.tokenCount)
        .filter { !candidate.hasBegun($0) }
      guard missing.isEmpty else {
        waiting[place].missingImages = Set(missing)
        step.missing.append(MissingImages(candidate.id, missing))
        place += 1
        continue
      }
      guard let reservation = reserve(match, for: candidate.prompt) else { return }
      if let copy = reservation.copy { step.copies.append(copy) }
      waiting.remove(at: place)
      running.append(
        RunningSequence(
          id: candidate.id, prompt: candidate.prompt, blocks: reservation.blocks, sharedTokenCount: match.tokenCount,
          arrivedTokenCounts: candidate.arrivedTokenCounts, computedTokenCount: match.tokenCount))
    }
  }

  /// Makes the prefixes known that a chunk has completed. It begins with its first block's rows, not its own: rows that
  /// were copied there may have lost the block they came from.
  private mutating func register(_ chunk: Chunk, of prompt: PromptShape) {
    let blockTokenCount = limits.blockTokenCount
    let start = chunk.positions.lowerBound / blockTokenCount * blockTokenCount
    for boundary in prompt.boundaries
    where boundary.tokenCount > start && boundary.tokenCount <= chunk.positions.upperBound {
      pool.register(boundary.key, at: chunk.blocks[(boundary.tokenCount - 1) / blockTokenCount])
    }
  }

  private func match(_ prompt: PromptShape) -> PrefixMatch {
    pool.prefixes.match(prompt, blockTokenCount: limits.blockTokenCount)
  }

  private mutating func reserve(_ match: PrefixMatch, for prompt: PromptShape) -> Reservation? {
    pool.reserve(match, blockCount: limits.blockCount(forTokens: prompt.tokenCount + prompt.maximumTokenCount))
  }
}
