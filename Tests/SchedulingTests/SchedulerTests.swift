import Scheduling
import Testing

/// Scripts of events: who starts when, and what a step carries.
struct SchedulerTests {
  let one = SequenceID(1)
  let two = SequenceID(2)
  let three = SequenceID(3)

  @Test func anIdleSchedulerHasNothingToCompute() {
    var scheduler = Scheduler()
    #expect(scheduler.next() == Step())
    #expect(scheduler.next().isEmpty, "an empty step needs no completion")
  }

  @Test func aPromptIsComputedAndThenDecodesOneTokenInEveryStep() {
    var scheduler = Scheduler()
    #expect(scheduler.arrive(one, text(7, 6).shape()) == .queued(missingImages: []))
    #expect(
      scheduler.step() == Step(prefills: [Chunk(one, 0..<6, blocks: [0, 1, 2], needsLogits: true)]))
    #expect(scheduler.step() == Step(decodes: [Chunk(one, 6..<7, blocks: [0, 1, 2], needsLogits: true)]))
    #expect(summary(scheduler.step()) == ["decode 1 7"])
    scheduler.finish(one)
    #expect(scheduler.step().isEmpty)
    #expect(scheduler.blockCounts == BlockCounts(total: 16, free: 15, referenced: 0, cached: 1))
  }

  @Test func aLongPromptNeverStallsARunningSequence() {
    var scheduler = Scheduler(step: 8)
    _ = scheduler.arrive(one, text(1, 4).shape(maximumTokenCount: 8))
    scheduler.step()
    _ = scheduler.arrive(two, text(2, 20).shape())
    #expect(summary(scheduler.step()) == ["decode 1 4", "prefill 2 0..<7"])
    #expect(summary(scheduler.step()) == ["decode 1 5", "prefill 2 7..<14"])
    #expect(summary(scheduler.step()) == ["decode 1 6", "prefill 2 14..<20 last"])
    #expect(summary(scheduler.step()) == ["decode 1 7", "decode 2 20"])
  }

  @Test func severalPromptsFitIntoOneStep() {
    var scheduler = Scheduler(step: 16)
    _ = scheduler.arrive(one, text(1, 5).shape())
    _ = scheduler.arrive(two, text(2, 6).shape())
    _ = scheduler.arrive(three, text(3, 9).shape())
    #expect(summary(scheduler.step()) == ["prefill 1 0..<5 last", "prefill 2 0..<6 last", "prefill 3 0..<5"])
    #expect(summary(scheduler.step()) == ["decode 1 5", "decode 2 6", "prefill 3 5..<9 last"])
  }

  @Test func aPromptStartsOnlyWhenItsImagesAreHere() {
    var scheduler = Scheduler()
    let prompt = text(1, 2).image(50, count: 5).text(2, count: 3).image(51, count: 4)
    #expect(scheduler.arrive(one, prompt.shape()) == .queued(missingImages: [0, 1]))
    #expect(scheduler.next().isEmpty)
    scheduler.featuresArrived(one, image: 1)
    scheduler.featuresArrived(one, image: 1)
    #expect(scheduler.next().isEmpty, "one image twice is not two images")
    scheduler.featuresArrived(one, image: 0)
    #expect(summary(scheduler.step()) == ["prefill 1 0..<14 last"])
  }

  /// An image that comes in parts: what its first parts allow is computed while the others are still encoded.
  @Test func aPromptIsComputedAsFarAsItsFeaturesHaveCome() {
    var scheduler = Scheduler()
    let prompt = text(1, 2).image(50, count: 6).text(2, count: 3).image(51, count: 4).text(3, count: 1)
    _ = scheduler.arrive(one, prompt.shape())
    scheduler.featuresArrived(one, image: 0, tokenCount: 2)
    #expect(scheduler.next().isEmpty, "nothing of the second image is here: it may not even be on its way")
    scheduler.featuresArrived(one, image: 1, tokenCount: 1)
    #expect(summary(scheduler.step()) == ["prefill 1 0..<4"])
    #expect(scheduler.next().isEmpty)
    _ = scheduler.arrive(two, text(2, 3).shape())
    #expect(summary(scheduler.step()) == ["prefill 2 0..<3 last"], "nobody waits for the one that starves")
    scheduler.featuresArrived(one, image: 0, tokenCount: 6)
    #expect(summary(scheduler.step()) == ["decode 2 3", "prefill 1 4..<12"])
    scheduler.featuresArrived(one, image: 1)
    #expect(summary(scheduler.step()) == ["decode 2 4", "prefill 1 12..<16 last"])
    scheduler.finish(two)
    #expect(summary(scheduler.step()) == ["decode 1 16"])
  }

  @Test func thoseWithoutTheirImagesArePassedOverAndKeepTheirPlace() {
    var scheduler = Scheduler(running: 2)
    _ = scheduler.arrive(one, text(1, 2).image(50, count: 2).text(1, count: 1).shape())
    _ = scheduler.arrive(two, text(2, 3).shape())
    _ = scheduler.arrive(three, text(3, 3).shape())
    #expect(summary(scheduler.step()) == ["prefill 2 0..<3 last", "prefill 3 0..<3 last"])
    _ = scheduler.arrive(SequenceID(4), text(4, 3).shape())
    scheduler.featuresArrived(one, image: 0)
    scheduler.finish(two)
    #expect(summary(scheduler.step()) == ["decode 3 3", "prefill 1 0..<5 last"])
    #expect(scheduler.isWaiting(SequenceID(4)))
  }

  @Test func aReadyPromptThatDoesNotFitHoldsBackThoseBehindIt() {
    var scheduler = Scheduler(blocks: 8)
    _ = scheduler.arrive(one, text(1, 16).shape())
    scheduler.step()
    _ = scheduler.arrive(two, text(2, 12).shape())
    _ = scheduler.arrive(three, text(3, 2).shape(maximumTokenCount: 1))
    #expect(summary(scheduler.step()) == ["decode 1 16"])
    #expect(scheduler.waitingCount == 2)
    scheduler.finish(one)
    #expect(summary(scheduler.step()) == ["prefill 2 0..<12 last", "prefill 3 0..<2 last"])
  }

  @Test func aPromptWithoutImagesPassesOneThatWaitsForThem() {
    var scheduler = Scheduler(blocks: 4)
    _ = scheduler.arrive(one, Prompt().image(50, count: 8).text(1, count: 2).shape())
    _ = scheduler.arrive(two, text(2, 2).shape(maximumTokenCount: 2))
    #expect(summary(scheduler.step()) == ["prefill 2 0..<2 last"])
  }

  @Test func beyondTheWaitingLimitIsRefusedAtOnce() {
    var scheduler = Scheduler(waiting: 2)
    for id in [one, two] { #expect(scheduler.arrive(id, text(1, 1).shape()) == .queued(missingImages: [])) }
    #expect(scheduler.arrive(three, text(1, 1).shape()) == .refused(.waitingQueueFull(limit: 2)))
    scheduler.finish(one)
    #expect(scheduler.arrive(three, text(1, 1).shape()) == .queued(missingImages: []))
  }

  @Test func whatCanNeverFitIsRefusedWithBothNumbers() {
    var scheduler = Scheduler(blocks: 4)
    let refusal = Refusal.exceedsBlocks(promptTokenCount: 10, maximumTokenCount: 7, capacityTokenCount: 16)
    #expect(scheduler.arrive(one, text(1, 10).shape(maximumTokenCount: 7)) == .refused(refusal))
    for number in ["10", "7", "16"] { #expect(refusal.description.contains(number)) }
    #expect(scheduler.arrive(one, text(1, 10).shape(maximumTokenCount: 6)) == .queued(missingImages: []))
    #expect(summary(scheduler.step()) == ["prefill 1 0..<10 last"])
    guard case .refused(.exceedsBlocks) = scheduler.arrive(two, text(1, 1).shape(maximumTokenCount: .max)) else {
      Issue.record("a length that overflows was not refused")
      return
    }
  }

  @Test func aFinishedSequenceLeavesFromAnyState() {
    var scheduler = Scheduler(running: 2, step: 4)
    for id in [one, two, three] { _ = scheduler.arrive(id, text(Int(id.rawValue), 6).shape()) }
    scheduler.finish(three)  // waiting
    scheduler.step()
    scheduler.finish(one)  // half way through its prompt
    #expect(summary(scheduler.step()) == ["prefill 2 0..<4"])
    #expect(summary(scheduler.step()) == ["prefill 2 4..<6 last"])
    let step = scheduler.next()
    scheduler.finish(two)  // decoding, while its step is out
    scheduler.completed(step, in: .zero)
    scheduler.finish(two)
    #expect(scheduler.waitingCount == 0 && scheduler.runningCount == 0)
    #expect(scheduler.blockCounts.referenced == 0)
    #expect(scheduler.next().isEmpty)
  }
}
