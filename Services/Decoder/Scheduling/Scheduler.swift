/// Decides which rows the model computes next: continuous batching with chunked prefill over paged KV.
///
/// A sequence waits until the features of its images are there, starts once the blocks for its prompt and its longest
/// answer are set aside, and then never fails for want of memory. Every step carries one token of each running sequence,
/// and as much of the prompts as still fits. (Orca, OSDI 2022; vLLM, SOSP 2023; Sarathi-Serve, OSDI 2024.)
public struct Scheduler: Sendable {
  public enum Arrival: Equatable, Sendable {
    /// It waits, and these of its images' features are wanted meanwhile.
    case queued(missingImages: [Int])
    case refused(Refusal)
  }

  public enum Refusal: Equatable, Sendable {
    case queueFull(limit: Int)
    /// Prompt and answer need more blocks than there are.
    case neverFits(neededTokenCount: Int, availableTokenCount: Int)
  }

  private struct Waiting {
    let id: SequenceID
    let prompt: PromptShape
    var arrived: Set<Int> = []
    var missing: Set<Int>
  }

  private struct Running {
    let id: SequenceID
    let prompt: PromptShape
    let blocks: [Int32]
    var computedCount: Int
    var registeredCount = 0

    var isPastPrompt: Bool { computedCount >= prompt.tokenCount }
  }

  public let limits: Limits
  private var waiting: [Waiting] = []
  private var running: [Running] = []
  private var pool: BlockPool

  public init(limits: Limits) {
    self.limits = limits
    pool = BlockPool(count: limits.blockCount)
  }

  public var waitingCount: Int { waiting.count }
  public var runningCount: Int { running.count }
  public var freeBlockCount: Int { pool.freeCount }
  public var cachedBlockCount: Int { pool.cachedCount }
  public var referencedBlockCount: Int { pool.referencedCount }

  // MARK: Arrival

  /// A sequence arrives. What it shares is only looked at, not yet taken: images are encoded while it waits.
  public mutating func arrive(_ id: SequenceID, _ prompt: PromptShape) -> Arrival {
    let needed = blockCount(of: prompt)
    guard needed <= limits.blockCount else {
      return .refused(
        .neverFits(
          neededTokenCount: prompt.tokenCount + prompt.maximumTokenCount,
          availableTokenCount: limits.blockCount * limits.blockTokenCount))
    }
    guard waiting.count < limits.waitingCount else { return .refused(.queueFull(limit: limits.waitingCount)) }
    let missing = missingImages(of: prompt, after: sharedPrefix(of: prompt).tokenCount)
    waiting.append(Waiting(id: id, prompt: prompt, missing: Set(missing)))
    return .queued(missingImages: missing)
  }

  public mutating func featuresArrived(_ id: SequenceID, image: Int) {
    guard let place = waiting.firstIndex(where: { $0.id == id }) else { return }
    waiting[place].arrived.insert(image)
    waiting[place].missing.remove(image)
  }

  /// The sequence has ended, well or not, wherever it was. Its blocks stay as long as nobody else needs the room.
  public mutating func finish(_ id: SequenceID) {
    waiting.removeAll { $0.id == id }
    guard let place = running.firstIndex(where: { $0.id == id }) else { return }
    // The end of a prefix is worth less than its beginning: it goes first.
    for block in running.remove(at: place).blocks.reversed() { pool.release(block) }
  }

  // MARK: Steps

  /// The next step; empty where there is nothing to do.
  public mutating func next() -> Step {
    var step = Step()
    start(&step)
    step.decodes = running.filter(\.isPastPrompt).map { chunk(of: $0, rows: 1) }
    var room = limits.stepTokenCount - step.decodes.count
    for sequence in running where !sequence.isPastPrompt && room > 0 {
      let rows = min(room, sequence.prompt.tokenCount - sequence.computedCount)
      step.prefills.append(chunk(of: sequence, rows: rows))
      room -= rows
    }
    return step
  }

  private func chunk(of sequence: Running, rows: Int) -> Step.Chunk {
    let end = sequence.computedCount + rows
    return Step.Chunk(
      id: sequence.id, positions: sequence.computedCount..<end, blocks: sequence.blocks,
      yieldsToken: end >= sequence.prompt.tokenCount)
  }

  /// The step has been computed. Its sequences may have ended in the meantime.
  public mutating func completed(_ step: Step) {
    for chunk in step.chunks {
      guard let place = running.firstIndex(where: { $0.id == chunk.id }) else { continue }
      running[place].computedCount = chunk.positions.upperBound
      share(of: place)
    }
  }

  /// Lets later prompts find what has been computed of a sequence's prompt.
  private mutating func share(of place: Int) {
    let sequence = running[place]
    let computed = sequence.prompt.boundaries.prefix { $0.tokenCount <= sequence.computedCount }
    for boundary in computed.dropFirst(sequence.registeredCount) {
      pool.register(boundary.key, in: sequence.blocks[(boundary.tokenCount - 1) / limits.blockTokenCount])
    }
    running[place].registeredCount = computed.count
  }

  // MARK: Starting

  /// Starts what is ready, in the order of arrival. One that is ready and does not fit holds back those behind it, so
  /// that it is not overtaken for ever; those that still wait for features are passed over.
  private mutating func start(_ step: inout Step) {
    var place = 0
    while place < waiting.count, running.count < limits.runningCount {
      guard waiting[place].missing.isEmpty else {
        place += 1
        continue
      }
      let candidate = waiting[place]
      let shared = sharedPrefix(of: candidate.prompt)
      let evicted = missingImages(of: candidate.prompt, after: shared.tokenCount)
        .filter { !candidate.arrived.contains($0) }
      guard evicted.isEmpty else {
        waiting[place].missing = Set(evicted)
        step.missing[candidate.id] = evicted
        place += 1
        continue
      }
      guard let sequence = begin(candidate, shared, &step) else { return }
      waiting.remove(at: place)
      running.append(sequence)
      step.started[candidate.id] = shared.tokenCount
    }
  }

  private mutating func begin(_ candidate: Waiting, _ shared: SharedPrefix, _ step: inout Step) -> Running? {
    for block in shared.blocks { pool.retain(block) }
    let needed = blockCount(of: candidate.prompt) - shared.blocks.count
    guard needed <= pool.availableCount else {
      for block in shared.blocks.reversed() { pool.release(block) }
      return nil
    }
    let own = (0..<needed).map { _ in pool.allocate() }
    // Its source may be one of the blocks just taken: copies come before any row is written.
    if let partial = shared.partial, partial != own[0] { step.copies.append(Step.Copy(from: partial, to: own[0])) }
    return Running(
      id: candidate.id, prompt: candidate.prompt, blocks: shared.blocks + own, computedCount: shared.tokenCount)
  }

  private struct SharedPrefix {
    var blocks: [Int32] = []
    /// A block whose first rows are the same; they are copied.
    var partial: Int32?
    var tokenCount = 0
  }

  /// What of a prompt is already computed. Its last token never is: the answer starts from its logits.
  private func sharedPrefix(of prompt: PromptShape) -> SharedPrefix {
    var shared = SharedPrefix()
    let size = limits.blockTokenCount
    for boundary in prompt.boundaries where boundary.tokenCount < prompt.tokenCount {
      guard let block = pool.block(holding: boundary.key) else {
        // An image's end may be missing where the whole block is there; a whole block may not.
        if boundary.tokenCount % size == 0 { break } else { continue }
      }
      if boundary.tokenCount % size == 0 {
        shared.blocks.append(block)
        shared.partial = nil
      } else {
        shared.partial = block
      }
      shared.tokenCount = boundary.tokenCount
    }
    return shared
  }

  private func missingImages(of prompt: PromptShape, after tokenCount: Int) -> [Int] {
    prompt.images.indices.filter { prompt.images[$0].upperBound > tokenCount }
  }

  private func blockCount(of prompt: PromptShape) -> Int {
    (prompt.tokenCount + prompt.maximumTokenCount + limits.blockTokenCount - 1) / limits.blockTokenCount
  }
}
