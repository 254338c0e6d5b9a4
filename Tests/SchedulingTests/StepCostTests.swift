import TestSupport
import Testing

@testable import Scheduling

/// What is learnt from steps, and what a single one cannot change.
struct StepCostTests {
  static let bound = Duration.milliseconds(252)

  private func rowCount(_ cost: StepCost, within bound: Duration = bound) -> Int? {
    cost.rowCount(within: bound, atMost: 512)
  }

  /// Steps of 4 and of 64 rows on a machine that takes 70 ms for the weights and 5 ms for a row.
  private func learnt() -> StepCost {
    var cost = StepCost()
    for _ in 0..<StepCost.sampleCount {
      cost.measure(rowCount: 4, duration: .milliseconds(90))
      cost.measure(rowCount: 64, duration: .milliseconds(390))
    }
    return cost
  }

  @Test func nothingIsSaidBeforeAHeavyStepHasBeenMeasured() {
    var cost = StepCost()
    #expect(rowCount(cost) == nil)
    cost.measure(rowCount: StepCost.lightRowCount, duration: .milliseconds(100))
    #expect(rowCount(cost) == nil)
    cost.measure(rowCount: StepCost.lightRowCount + 1, duration: .milliseconds(170))
    #expect(rowCount(cost) != nil)
  }

  @Test func aLineIsFoundWhereTheMachineFollowsOne() {
    #expect(rowCount(learnt()) == (252 - 70) / 5)
    #expect(rowCount(learnt(), within: .milliseconds(382)) == (382 - 70) / 5)
  }

  @Test func withoutALightStepTheWholeTimeIsTheRows() {
    var cost = StepCost()
    cost.measure(rowCount: 512, duration: .milliseconds(5120))
    #expect(rowCount(cost) == 25)
  }

  @Test func twoStepsOfFiveMayBeAnything() {
    for strange in [Duration.zero, .milliseconds(1), .seconds(60)] {
      var cost = learnt()
      for _ in 0..<2 {
        cost.measure(rowCount: 4, duration: strange)
        cost.measure(rowCount: 64, duration: strange)
      }
      #expect(rowCount(cost) == 36, "after steps of \(strange)")
    }
  }

  @Test func aMachineThatBecomesSlowerIsKnownAfterThreeSteps() {
    var cost = learnt()
    for _ in 0..<3 {
      cost.measure(rowCount: 4, duration: .milliseconds(180))
      cost.measure(rowCount: 36, duration: .milliseconds(500))
    }
    #expect(rowCount(cost) == (252 - 140) / 10)
  }

  @Test func aStepIsNotTrustedToBeFasterThanMeasuredOnes() {
    var cost = StepCost()
    for rowCount in [4, 40] { cost.measure(rowCount: rowCount, duration: .milliseconds(210)) }
    #expect(rowCount(cost) == 48, "no row seems to cost anything, and yet 40 took 210 ms")
  }

  @Test func aFreeMachineTakesAllThatIsAllowed() {
    var cost = StepCost()
    for rowCount in [4, 100] { cost.measure(rowCount: rowCount, duration: .zero) }
    #expect(rowCount(cost) == 512)
  }

  @Test func whereTheWeightsAloneTakeTooLongNoRowFits() {
    var cost = StepCost()
    for rowCount in [4, 64] { cost.measure(rowCount: rowCount, duration: .milliseconds(900)) }
    #expect(rowCount(cost) == 0)
  }

  @Test func whateverIsMeasuredTheAnswerIsBetweenNothingAndTheLimit() {
    for seed in 0..<UInt64(500) {
      var random = SeededGenerator(seed: seed)
      var cost = StepCost()
      for _ in 0..<40 {
        cost.measure(
          rowCount: Int.random(in: 1...512, using: &random),
          duration: random.oneIn(4) ? .zero : .microseconds(Int.random(in: 0...10_000_000, using: &random)))
        let bound = Duration.microseconds(Int.random(in: 1...1_000_000, using: &random))
        #expect((0...512).contains(rowCount(cost, within: bound) ?? 0), "seed \(seed)")
      }
    }
  }
}
