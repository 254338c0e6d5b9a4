import Scheduling
import Testing

/// Scripts of events around rows that are kept: what is shared, what is copied, what is evicted.
struct PrefixTests {
  let one = SequenceID(1)
  let two = SequenceID(2)
  let three = SequenceID(3)

  /// Two tokens of text, an image that ends within the third block, and a question.
  func question(_ token: Int) -> Prompt { text(1, 2).image(50, count: 8).text(token, count: 4) }

  /// Runs a sequence's prompt and finishes it.
  func run(_ id: SequenceID, _ prompt: Prompt, on scheduler: inout Scheduler, maximumTokenCount: Int = 2) {
    guard case .queued(let missing) = scheduler.arrive(id, prompt.shape(maximumTokenCount: maximumTokenCount)) else {
      Issue.record("\(id) was refused")
      return
    }
    for image in missing { scheduler.featuresArrived(id, image: image) }
    #expect((0..<10).contains { _ in scheduler.step().prefills.contains { $0.id == id && $0.needsLogits } })
    scheduler.finish(id)
  }

  @Test func aSecondQuestionOnAnImageComputesTheQuestionOnly() {
    var scheduler = Scheduler()
    run(one, question(2), on: &scheduler)
    #expect(scheduler.arrive(two, question(3).shape()) == .queued(missingImages: []))
    let step = scheduler.step()
    #expect(summary(step) == ["copy 2", "prefill 2 10..<14 last"])
    #expect(step.copies.map(\.source) == [2])
    #expect(step.prefills[0].blocks.prefix(2) == [0, 1])
    #expect(step.prefills[0].blocks[2] == step.copies[0].destination)
    #expect(scheduler.sharedTokenCount(of: two) == 10)
  }

  @Test func theSamePromptStillComputesItsLastToken() {
    var scheduler = Scheduler()
    let prompt = text(1, 8)
    run(one, prompt, on: &scheduler)
    _ = scheduler.arrive(two, prompt.shape())
    let step = scheduler.step()
    #expect(summary(step) == ["copy 3", "prefill 2 7..<8 last"])
    #expect(step.copies == [Copy(from: 1, to: step.prefills[0].blocks[1], tokenCount: 3)])
  }

  @Test func anImageAtThePromptsEndIsStillNeeded() {
    var scheduler = Scheduler()
    let prompt = text(1, 3).image(50, count: 3)
    run(one, prompt, on: &scheduler)
    #expect(scheduler.arrive(two, prompt.shape()) == .queued(missingImages: [0]))
  }

  @Test func onlyImagesBeyondTheSharedPrefixAreMissing() {
    var scheduler = Scheduler()
    run(one, Prompt().image(50, count: 6).text(2, count: 1), on: &scheduler)
    let prompt = Prompt().image(50, count: 6).image(51, count: 6).text(2, count: 3)
    #expect(scheduler.arrive(two, prompt.shape()) == .queued(missingImages: [1]))
    let other = Prompt().image(52, count: 6).image(50, count: 6).text(2, count: 3)
    #expect(scheduler.arrive(three, other.shape()) == .queued(missingImages: [0, 1]))
  }

  @Test func blocksAreSharedWhileTheirFirstOwnerStillRuns() {
    var scheduler = Scheduler(blocks: 8)
    _ = scheduler.arrive(one, text(1, 12).shape())
    scheduler.step()
    _ = scheduler.arrive(two, text(1, 8).text(2, count: 3).shape(maximumTokenCount: 1))
    #expect(summary(scheduler.step()) == ["decode 1 12", "prefill 2 8..<11 last"])
    #expect(scheduler.blockCounts == BlockCounts(total: 8, free: 3, referenced: 5, cached: 0))
    scheduler.finish(one)
    #expect(scheduler.blockCounts == BlockCounts(total: 8, free: 4, referenced: 3, cached: 1))
    scheduler.finish(two)
    #expect(scheduler.blockCounts == BlockCounts(total: 8, free: 5, referenced: 0, cached: 3))
  }

  @Test func rowsAreSharedOnlyAfterTheStepThatComputesThem() {
    var scheduler = Scheduler()
    _ = scheduler.arrive(one, text(1, 8).shape())
    let step = scheduler.next()
    #expect(scheduler.arrive(two, Prompt().text(1, count: 8).text(2, count: 1).shape()) == .queued(missingImages: []))
    scheduler.finish(one)
    scheduler.completed(step, in: .zero)
    #expect(summary(scheduler.step()) == ["prefill 2 0..<9 last"], "a cancelled step leaves nothing to share")
  }

  @Test func theFirstBlockOfAKeyStays() {
    var scheduler = Scheduler()
    for id in [one, two] { _ = scheduler.arrive(id, text(1, 5).shape()) }
    let twins = scheduler.step()
    #expect(summary(twins) == ["prefill 1 0..<5 last", "prefill 2 0..<5 last"])
    _ = scheduler.arrive(three, text(1, 5).shape())
    #expect(scheduler.step().prefills[0].blocks[0] == twins.prefills[0].blocks[0])
    scheduler.finish(two)
    #expect(scheduler.blockCounts.cached == 0, "the twin's block is under no key")
  }

  @Test func theLeastRecentlyUsedPrefixIsEvictedFirst() {
    var scheduler = Scheduler(blocks: 8)
    run(one, text(1, 8), on: &scheduler)
    run(two, text(2, 8), on: &scheduler)
    run(one, text(1, 8).text(9, count: 1), on: &scheduler)  // uses the first prefix again
    #expect(scheduler.blockCounts == BlockCounts(total: 8, free: 4, referenced: 0, cached: 4))
    run(three, text(3, 18), on: &scheduler)  // 5 blocks: one is evicted
    _ = scheduler.arrive(one, text(1, 9).shape(maximumTokenCount: 1))
    _ = scheduler.arrive(two, text(2, 9).shape(maximumTokenCount: 1))
    scheduler.step()
    #expect(scheduler.sharedTokenCount(of: one) == 8)
    #expect(scheduler.sharedTokenCount(of: two) == 4, "the end of a prefix goes before its beginning")
  }

  @Test func whatIsReferencedIsNeverEvicted() {
    var scheduler = Scheduler(blocks: 4)
    _ = scheduler.arrive(one, text(1, 8).shape())
    scheduler.step()
    _ = scheduler.arrive(two, text(2, 4).shape())
    #expect(summary(scheduler.step()) == ["decode 1 8"])
    scheduler.finish(one)
    #expect(summary(scheduler.step()) == ["prefill 2 0..<4 last"])
  }

  @Test func anEvictedPrefixAsksForItsImagesAgainAndKeepsItsPlace() {
    var scheduler = Scheduler(running: 1, blocks: 4)
    run(one, question(2), on: &scheduler, maximumTokenCount: 1)
    #expect(scheduler.arrive(one, text(9, 15).shape(maximumTokenCount: 1)) == .queued(missingImages: []))
    #expect(scheduler.arrive(two, question(3).shape(maximumTokenCount: 1)) == .queued(missingImages: []))
    #expect(scheduler.arrive(three, text(4, 2).shape()) == .queued(missingImages: []))
    #expect(summary(scheduler.step()) == ["prefill 1 0..<15 last"])
    scheduler.finish(one)
    #expect(summary(scheduler.step()) == ["prefill 3 0..<2 last", "missing 2 [0]"])
    scheduler.finish(three)
    #expect(scheduler.next().isEmpty)
    _ = scheduler.arrive(three, text(4, 2).shape())
    scheduler.featuresArrived(two, image: 0)
    #expect(summary(scheduler.step()) == ["prefill 2 0..<14 last"])
  }

  @Test func aSequenceThatNeedsEveryBlockMayTakeTheOneItCopiesFrom() {
    var scheduler = Scheduler(blocks: 4)
    run(one, question(2), on: &scheduler)
    #expect(scheduler.blockCounts == BlockCounts(total: 4, free: 1, referenced: 0, cached: 3))
    _ = scheduler.arrive(two, question(3).shape(maximumTokenCount: 2))
    #expect(summary(scheduler.step()) == ["copy 2", "prefill 2 10..<14 last"])
    scheduler.finish(two)
    _ = scheduler.arrive(three, text(1, 2).image(50, count: 8).text(4, count: 1).shape(maximumTokenCount: 1))
    scheduler.step()
    #expect(scheduler.sharedTokenCount(of: three) == 10)
  }

  @Test func rowsInABlockThatIsTakenOverNeedNoCopy() {
    var scheduler = Scheduler(blocks: 2)
    run(one, Prompt().image(50, count: 6).text(2, count: 1), on: &scheduler, maximumTokenCount: 1)
    #expect(scheduler.blockCounts.cached == 2)
    let other = Prompt().image(50, count: 6).text(3, count: 1)
    #expect(scheduler.arrive(two, other.shape(maximumTokenCount: 1)) == .queued(missingImages: []))
    #expect(scheduler.step() == Step(prefills: [Chunk(two, 6..<7, blocks: [0, 1], needsLogits: true)]))
  }
}
