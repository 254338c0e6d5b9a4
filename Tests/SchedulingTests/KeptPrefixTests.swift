import Testing

@testable import Scheduling

/// Scripts of events around rows that are written elsewhere and brought back.
struct KeptPrefixTests {
  let one = SequenceID(1)
  let two = SequenceID(2)

  /// Two tokens of text, an image that ends within the third block, and a question.
  func question(_ token: Int) -> PromptShape {
    text(1, 2).image(50, count: 8).text(token, count: 4).shape(maximumTokenCount: 2)
  }

  /// A scheduler that has read the image of `question` and has forgotten the question.
  func reader(blocks: Int = 8) -> Scheduler {
    var scheduler = Scheduler(blocks: blocks)
    _ = scheduler.arrive(one, question(2))
    scheduler.featuresArrived(one, image: 0)
    scheduler.step()
    scheduler.finish(one)
    return scheduler
  }

  @Test func everyBlockIsKeptByItsLastBoundary() {
    let scheduler = Scheduler()
    #expect(scheduler.keptBoundaries(of: question(2), through: 10).map(\.tokenCount) == [4, 8, 10])
    #expect(scheduler.keptBoundaries(of: question(2), through: 14).map(\.tokenCount) == [4, 8, 12])
    #expect(scheduler.keptBoundaries(of: question(2), through: 9).map(\.tokenCount) == [4, 8])
  }

  @Test func whatIsHereIsNotAbsent() {
    var scheduler = Scheduler(blocks: 8)
    #expect(scheduler.absentBoundaries(of: question(2), through: 10).map(\.tokenCount) == [4, 8, 10])
    scheduler = reader()
    #expect(scheduler.absentBoundaries(of: question(3), through: 10).isEmpty)
    _ = scheduler.arrive(two, text(9, 24).shape(maximumTokenCount: 4))  // takes seven of eight blocks
    scheduler.step()
    #expect(scheduler.absentBoundaries(of: question(3), through: 10).map(\.tokenCount) == [8, 10])
  }

  @Test func rowsThatAreBroughtBackAreSharedLikeAnyOther() throws {
    var scheduler = Scheduler(blocks: 8)
    let absent = scheduler.absentBoundaries(of: question(2), through: 10)
    let lent = scheduler.lendFresh(absent.count)
    let blocks = try #require(lent)
    #expect(scheduler.blockCounts == BlockCounts(total: 8, free: 5, referenced: 3, cached: 0))
    scheduler.adopt(blocks, as: absent)
    #expect(scheduler.blockCounts == BlockCounts(total: 8, free: 5, referenced: 0, cached: 3))
    #expect(scheduler.arrive(one, question(2)) == .queued(missingImages: []))
    let step = scheduler.step()
    #expect(summary(step) == ["copy 2", "prefill 1 10..<14 last"])
    #expect(Array(step.prefills[0].blocks.prefix(2)) == Array(blocks.prefix(2)))
    #expect(step.copies.map(\.source) == [blocks[2]])
  }

  @Test func whatCouldNotBeReadIsFreeAgain() throws {
    var scheduler = Scheduler(blocks: 8)
    let absent = scheduler.absentBoundaries(of: question(2), through: 10)
    let lent = scheduler.lendFresh(absent.count)
    let blocks = try #require(lent)
    scheduler.adopt(blocks, as: absent.prefix(1))
    #expect(scheduler.blockCounts == BlockCounts(total: 8, free: 7, referenced: 0, cached: 1))
    #expect(scheduler.arrive(one, question(2)) == .queued(missingImages: [0]))
    scheduler.featuresArrived(one, image: 0)
    #expect(summary(scheduler.step()) == ["prefill 1 4..<14 last"])
  }

  @Test func noSequenceGivesUpABlockForIt() {
    var scheduler = Scheduler(blocks: 4)
    _ = scheduler.arrive(one, text(7, 8).shape())
    scheduler.step()
    let tooMany = scheduler.lendFresh(2)
    #expect(tooMany == nil)
    let one = scheduler.lendFresh(1)
    #expect(one?.count == 1)
  }

  @Test func aBlockThatIsLentIsNotEvicted() throws {
    var scheduler = reader()
    let key = question(2).boundaries[0].key
    let lent = scheduler.lend(key)
    let block = try #require(lent)
    _ = scheduler.arrive(two, text(9, 28).shape(maximumTokenCount: 4))
    #expect(scheduler.next().isEmpty, "eight blocks are needed, and one is lent")
    scheduler.giveBack(block)
    #expect(scheduler.step().prefills.count == 1)
    let gone = scheduler.lend(key)
    #expect(gone == nil, "it was evicted")
  }
}
