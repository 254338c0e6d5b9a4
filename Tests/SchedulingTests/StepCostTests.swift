import TestSupport
import Testing

@testable import Scheduling

/// What is learnt from steps, and what a single one cannot change.
struct StepCostTests {
  static let bound = Duration.milliseconds(252)

  private func rowCount(_ cost: StepCost) -> Int? { cost.rowCount(within: Self.bound, atMost: 512) }

  /// A machine that takes 70 ms for the weights and 5 ms for a row: 36 rows are within the bound.
  private func milliseconds(_ rowCount: Int) -> Int { 70 + 5 * rowCount }

  /// Steps of four rows, and then as large as they may be; each with the time that it took.
  @discardableResult
  private func advance(
    _ cost: inout StepCost, stepCount: Int = 16, slowdown: Int = 1
  ) -> [(rowCount: Int, milliseconds: Int)] {
    (0..<stepCount).map { _ in
      let rowCount = max(4, rowCount(cost) ?? 4)
      let milliseconds = slowdown * milliseconds(rowCount)
      cost.measure(rowCount: rowCount, duration: .milliseconds(milliseconds))
      return (rowCount, milliseconds)
    }
  }

  private func learnt() -> StepCost {
    var cost = StepCost()
    advance(&cost)
    return cost
  }

  @Test func nothingIsSaidBeforeAStepHasBeenMeasured() {
    var cost = StepCost()
    #expect(rowCount(cost) == nil)
    cost.measure(rowCount: 4, duration: .milliseconds(90))
    #expect(rowCount(cost) == 11, "four rows vouch for as many as take 252 ms at their pace")
  }

  @Test func theBoundIsReachedFromBelow() {
    var cost = StepCost()
    let steps = advance(&cost)
    #expect(steps.allSatisfy { $0.milliseconds <= 252 }, "\(steps)")
    #expect(steps[8...].allSatisfy { $0.rowCount >= 32 }, "\(steps)")
    #expect(rowCount(cost)! >= 34)
  }

  @Test func largeStepsNeitherVouchForSmallOnesNorMakeThemForgotten() {
    var cost = StepCost()
    for _ in 0..<9 { cost.measure(rowCount: 512, duration: .milliseconds(512 * 3)) }
    #expect(rowCount(cost) == 0, "the rows of a small step may take more each")
    cost = learnt()
    let before = rowCount(cost)
    for _ in 0..<9 { cost.measure(rowCount: 512, duration: .milliseconds(milliseconds(512))) }
    #expect(rowCount(cost) == before)
  }

  @Test func aStepThatWasTooLongBoundsThoseThatAreSmaller() {
    var cost = StepCost()
    cost.measure(rowCount: 20, duration: .milliseconds(100))
    cost.measure(rowCount: 40, duration: .milliseconds(300))
    #expect(rowCount(cost) == 33, "not the 50 that the first would vouch for")
  }

  @Test func twoStepsOfFiveMayBeAnything() {
    for strange in [Duration.zero, .milliseconds(1), .seconds(60)] {
      var cost = StepCost()
      for index in 0..<StepCost.sampleCount {
        for rowCount in [4, 35] {
          cost.measure(rowCount: rowCount, duration: index < 3 ? .milliseconds(milliseconds(rowCount)) : strange)
        }
      }
      #expect(rowCount(cost) == 36, "after steps of \(strange)")
    }
  }

  @Test func aMachineThatBecomesSlowerIsKnownAfterThreeSteps() {
    var cost = learnt()
    let steps = advance(&cost, slowdown: 2)
    #expect(steps[0].milliseconds >= 480 && steps[3].milliseconds < 252 * 4 / 3, "\(steps)")
    #expect(steps[6...].allSatisfy { (200...252).contains($0.milliseconds) }, "\(steps)")
  }

  @Test func aMachineThatBecomesFasterIsUsed() {
    var cost = StepCost()
    for _ in 0..<5 { cost.measure(rowCount: 24, duration: .milliseconds(500)) }
    cost.measure(rowCount: 20, duration: .milliseconds(milliseconds(20)))
    #expect(rowCount(cost) == 29, "what 24 rows took when the machine was slower does not hold the others back")
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
        #expect((0...512).contains(cost.rowCount(within: bound, atMost: 512) ?? 0), "seed \(seed)")
      }
    }
  }
}
