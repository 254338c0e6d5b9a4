import TestSupport
import Testing

@testable import Scheduling

/// Random scripts against a model of the key-value memory: whatever happens, every sequence reads the rows of its own
/// tokens, and no block is lost.
struct SchedulerPropertyTests {
  static let scriptCount = 10_000

  @Test func noScriptOfEventsBreaksAnInvariant() {
    var totals = ScriptTotals()
    for seed in 0..<UInt64(Self.scriptCount) {
      var script = Script(seed: seed)
      script.play()
      totals.add(script.totals)
      if let failure = script.failure {
        Issue.record("seed \(seed): \(failure)")
        return
      }
    }
    // A script that never shares or evicts proves nothing about sharing and eviction.
    let floor = Self.scriptCount / 10
    #expect(totals.starts > floor && totals.shared > floor && totals.copies > floor)
    #expect(totals.accepted > floor && totals.rejected > floor)
    #expect(totals.evictionsNoticed > floor / 10 && totals.heldBack > floor && totals.cancelled > floor)
  }
}

struct ScriptTotals {
  var starts = 0
  var shared = 0
  var copies = 0
  var evictionsNoticed = 0
  var heldBack = 0
  var cancelled = 0
  var accepted = 0
  var rejected = 0

  mutating func add(_ other: ScriptTotals) {
    starts += other.starts
    shared += other.shared
    copies += other.copies
    evictionsNoticed += other.evictionsNoticed
    heldBack += other.heldBack
    cancelled += other.cancelled
    accepted += other.accepted
    rejected += other.rejected
  }
}

/// The first thing that went wrong in a script.
final class Verdict {
  var failure: String?
}

/// One random script, and the decoder that would run it.
struct Script {
  private struct Client {
    let id: SequenceID
    var tokens: [Int]
    let promptTokenCount: Int
    let maximumTokenCount: Int
    let imageCount: Int
    var missing: Set<Int>
    var isRunning = false
    var computedTokenCount = 0
  }

  private var random: SeededGenerator
  private var scheduler: Scheduler
  private let limits: Limits
  /// `[block][row]`: what the row was computed from.
  private var memory: [[UInt64]]
  /// In the order of arrival.
  private var clients: [Client] = []
  private var nextID: UInt64 = 0
  private(set) var totals = ScriptTotals()
  private let verdict = Verdict()

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    let runningCount = Int.random(in: 1...4, using: &random)
    limits = Limits(
      waitingCount: Int.random(in: 1...6, using: &random), runningCount: runningCount,
      stepTokenCount: Int.random(in: runningCount...48, using: &random), stepTime: .milliseconds(250),
      blockCount: Int.random(in: 4...16, using: &random), blockTokenCount: Int.random(in: 1...5, using: &random))
    scheduler = Scheduler(limits: limits)
    memory = Array(repeating: Array(repeating: 0, count: limits.blockTokenCount), count: limits.blockCount)
  }

  mutating func play() {
    for _ in 0..<100 where failure == nil {
      switch Int.random(in: 0..<10, using: &random) {
      case 0...2: arrive()
      case 3...4: deliverFeatures()
      case 5 where random.oneIn(4): cancel()
      default: step()
      }
      checkBlocks()
    }
    for client in clients where failure == nil {
      scheduler.finish(client.id)
      checkBlocks()
    }
    expect(scheduler.blockCounts.referenced == 0, "blocks are held at the end")
    expect(scheduler.waitingCount + scheduler.runningCount == 0, "sequences are left at the end")
  }

  var failure: String? { verdict.failure }

  private func expect(_ holds: Bool, _ message: @autoclosure () -> String) {
    if !holds, failure == nil { verdict.failure = message() }
  }

  // MARK: - Events

  private mutating func randomPrompt() -> Prompt {
    var prompt = text(1, random.oneIn(4) ? 3 : 2)
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      let image = Int.random(in: 50...51, using: &random)
      prompt = prompt.image(image, count: image - 45)
    }
    return prompt.text(Int.random(in: 3...5, using: &random), count: Int.random(in: 0...5, using: &random))
  }

  private mutating func arrive() {
    let prompt = randomPrompt()
    let shape = prompt.shape(
      maximumTokenCount: Int.random(in: 1...8, using: &random), blockTokenCount: limits.blockTokenCount)
    nextID += 1
    let id = SequenceID(nextID)
    switch scheduler.arrive(id, shape) {
    case .queued(let missing):
      clients.append(
        Client(
          id: id, tokens: prompt.tokens, promptTokenCount: shape.tokenCount,
          maximumTokenCount: shape.maximumTokenCount, imageCount: prompt.images.count, missing: Set(missing)))
    case .refused(.waitingQueueFull(let limit)):
      expect(clients.count { !$0.isRunning } == limit, "\(id) was refused though there was room to wait")
    case .refused(.exceedsBlocks(let prompt, let maximum, let capacity)):
      expect(prompt + maximum > capacity, "\(id) was refused though it fits")
    }
  }

  private mutating func deliverFeatures() {
    guard let place = clients.indices.randomElement(using: &random) else { return }
    guard let image = clients[place].missing.min() else { return }
    clients[place].missing.remove(image)
    scheduler.featuresArrived(clients[place].id, image: image)
  }

  private mutating func cancel() {
    guard let place = clients.indices.randomElement(using: &random) else { return }
    scheduler.finish(clients.remove(at: place).id)
    totals.cancelled += 1
  }

  private mutating func step() {
    var drafts: [SequenceID: Int] = [:]
    for client in clients { drafts[client.id] = Int.random(in: 0...4, using: &random) }
    let step = scheduler.next(drafting: drafts)
    noteStarts(step)
    for chunk in step.decodes + step.prefills {
      expect(chunk.draftedTokenCount <= drafts[chunk.id] ?? 0, "\(chunk.id) has more drafted tokens than were drafted")
    }
    let rejected = run(step)
    if random.oneIn(24) { cancel() }  // while the step is out
    scheduler.completed(step, in: .milliseconds(Int.random(in: 0...300, using: &random)), rejected: rejected)
    for place in clients.indices.reversed() where clients[place].isRunning {
      let client = clients[place]
      let generated = client.computedTokenCount - client.promptTokenCount + 1
      guard generated >= client.maximumTokenCount || generated > 0 && random.oneIn(6) else { continue }
      scheduler.finish(client.id)
      clients.remove(at: place)
    }
  }

  // MARK: - Invariants

  /// Starts happen in the order of arrival among those that were ready.
  private mutating func noteStarts(_ step: Step) {
    for request in step.missing {
      guard let place = clients.firstIndex(where: { $0.id == request.id }) else { continue }
      expect(clients[place].missing.isEmpty && !request.images.isEmpty, "\(request.id) was not ready before")
      clients[place].missing = Set(request.images)
      totals.evictionsNoticed += 1
    }
    var heldBack: SequenceID?
    for place in clients.indices where !clients[place].isRunning {
      let client = clients[place]
      guard scheduler.isRunning(client.id) else {
        if client.missing.isEmpty, heldBack == nil { heldBack = client.id }
        continue
      }
      expect(client.missing.isEmpty, "\(client.id) started without its images")
      expect(heldBack == nil, "\(client.id) started before \(heldBack!), which was ready")
      clients[place].isRunning = true
      clients[place].computedTokenCount = scheduler.sharedTokenCount(of: client.id)!
      totals.starts += 1
      if clients[place].computedTokenCount > 0 { totals.shared += 1 }
    }
    if heldBack != nil { totals.heldBack += 1 }
    totals.copies += step.copies.count
  }

  /// Computes a step in the model memory, as the engine would; returns how many drafted tokens of each were wrong.
  private mutating func run(_ step: Step) -> [SequenceID: Int] {
    for copy in step.copies {
      for row in 0..<copy.tokenCount { memory[copy.destination][row] = memory[copy.source][row] }
    }
    expect(step.tokenCount <= limits.stepTokenCount, "a step of \(step.tokenCount) tokens")
    let decoding = clients.filter { $0.isRunning && $0.computedTokenCount >= $0.promptTokenCount }
    expect(Set(step.decodes.map(\.id)) == Set(decoding.map(\.id)), "not every decoding sequence is in the step")
    expect(step.isEmpty == !clients.contains(where: \.isRunning), "the step stands still")
    expect(step.prefills.isEmpty || step.decodes.allSatisfy { $0.draftedTokenCount == 0 }, "drafts beside a prompt")
    var rejected: [SequenceID: Int] = [:]
    for chunk in step.decodes + step.prefills { rejected[chunk.id] = compute(chunk) }
    return rejected
  }

  private mutating func compute(_ chunk: Chunk) -> Int {
    guard let place = clients.firstIndex(where: { $0.id == chunk.id }) else {
      expect(false, "\(chunk.id) is in a step after its end")
      return 0
    }
    let end = clients[place].promptTokenCount + clients[place].maximumTokenCount
    expect(
      chunk.draftedTokenCount == 0 || chunk.positions.upperBound < end,
      "\(chunk.id): drafted \(chunk.positions) of \(end) tokens")
    expect(
      chunk.positions.lowerBound == clients[place].computedTokenCount && !chunk.positions.isEmpty,
      "\(chunk.id): positions \(chunk.positions) after \(clients[place].computedTokenCount)")
    let isPrompt = chunk.positions.upperBound <= clients[place].promptTokenCount
    expect(
      chunk.needsLogits == (chunk.positions.upperBound >= clients[place].promptTokenCount),
      "\(chunk.id): logits of \(chunk.positions)")
    if !isPrompt {  // what it sampled is its own, and what it drafted a guess
      clients[place].tokens.append(1000 + Int(chunk.id.rawValue))
      for _ in 0..<chunk.draftedTokenCount { clients[place].tokens.append(Int.random(in: 2000...9000, using: &random)) }
    }
    let rows = chain(clients[place].tokens, from: 0)
    for position in chunk.positions {
      let block = chunk.blocks[position / limits.blockTokenCount]
      let holders = scheduler.running.count { $0.blocks.contains(block) }
      expect(holders == 1, "\(chunk.id) writes into block \(block), which \(holders) sequences hold")
      memory[block][position % limits.blockTokenCount] = rows[position]
    }
    for position in 0..<chunk.positions.upperBound {
      let row = memory[chunk.blocks[position / limits.blockTokenCount]][position % limits.blockTokenCount]
      expect(row == rows[position], "\(chunk.id) reads another's row at \(position)")
    }
    let rejectedTokenCount = Int.random(in: 0...chunk.draftedTokenCount, using: &random)
    clients[place].tokens.removeLast(rejectedTokenCount)
    clients[place].computedTokenCount = chunk.positions.upperBound - rejectedTokenCount
    totals.accepted += chunk.draftedTokenCount - rejectedTokenCount
    totals.rejected += rejectedTokenCount
    return rejectedTokenCount
  }

  private func checkBlocks() {
    let counts = scheduler.blockCounts
    expect(
      counts.free + counts.referenced + counts.cached == counts.total && counts.total == limits.blockCount,
      "blocks are lost: \(counts)")
    let held = Set(scheduler.running.flatMap(\.blocks))
    expect(held.count == counts.referenced, "\(held.count) blocks are in tables, \(counts.referenced) are referenced")
    for sequence in scheduler.running {
      expect(Set(sequence.blocks).count == sequence.blocks.count, "\(sequence.id) has a block twice")
    }
  }
}
