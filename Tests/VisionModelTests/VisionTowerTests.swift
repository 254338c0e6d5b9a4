import Checkpoint
import ModelFixtures
import Numerics
import Testing
import VisionModel

@Suite struct VisionTowerTests {
  private let golden: TinyGolden
  private let tower: VisionTower

  init() throws {
    golden = try TinyGolden()
    tower = try VisionTower(Fixture.tiny(), on: Compute(threads: 2))
  }

  @Test func featuresEqualTheReference() throws {
    let features = try #require(tower.encode([Fixture.syntheticPixels()])[0])
    #expect([features.rows, features.columns] == [tower.featureCount, tower.featureWidth])
    #expect(largestDifference(features.values, golden.features) < TinyGolden.tolerance)
  }

  @Test func aViewInABatchHasTheBitsItHasAlone() {
    let views = [
      Fixture.syntheticPixels(), Fixture.syntheticPixels(width: 480, height: 640), Fixture.syntheticPixels(width: 100),
    ]
    let together = tower.encode(views)
    for (index, view) in views.enumerated() {
      #expect(together[index]?.values == tower.encode([view])[0]?.values, "view \(index)")
    }
    #expect(together[0]?.values != together[1]?.values)
  }

  @Test(arguments: [1, 3]) func threadsDoNotChangeTheBits(count: Int) throws {
    let other = try VisionTower(Fixture.tiny(), on: Compute(threads: count))
    let view = [Fixture.syntheticPixels()]
    #expect(other.encode(view)[0]?.values == tower.encode(view)[0]?.values)
  }

  @Test(arguments: InstructionSet.allCases.filter(\.isAvailable))
  func everyInstructionSetGivesTheReference(_ set: InstructionSet) throws {
    let other = try VisionTower(Fixture.tiny(), on: Compute(threads: 2, instructionSet: set))
    let features = try #require(other.encode([Fixture.syntheticPixels()])[0])
    #expect(largestDifference(features.values, golden.features) < TinyGolden.tolerance)
  }

  @Test func anUnwantedViewLeavesWithinOneLayerAndTheOthersStayAsTheyAre() {
    let views = [Fixture.syntheticPixels(), Fixture.syntheticPixels(width: 480, height: 640)]
    var questions = [0, 0]
    let features = tower.encode(views) { view in
      questions[view] += 1
      return view == 0 || questions[view] <= 2  // wanted at first and before layer 0, no more before layer 1
    }
    #expect(features[1] == nil)
    #expect(questions == [4, 3], "one question at the start and one before each of three layers, none after the no")
    #expect(features[0]?.values == tower.encode([views[0]])[0]?.values)
  }

  @Test func aBatchThatNobodyWantsEndsWithoutWork() {
    #expect(tower.encode([Fixture.syntheticPixels()]) { _ in false }[0] == nil)
    #expect(tower.encode([]).isEmpty)
  }

  @Test func demoTowerLoadsFromItsOwnSizes() throws {
    let checkpoint = try Fixture.demo()
    let demo = try VisionTower(checkpoint, on: Compute(threads: 2))
    let features = try #require(demo.encode([Fixture.syntheticPixels()])[0])
    #expect([features.rows, features.columns] == [576, 192])
    #expect(features.values.allSatisfy { $0.isFinite })
  }
}
