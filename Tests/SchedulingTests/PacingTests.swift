import TestSupport
import Testing

@testable import Scheduling

/// A machine as the bounds see it: how long it takes over a step.
private struct Machine {
  /// Milliseconds for reading the weights.
  var reading: Double
  /// Milliseconds of arithmetic for a row that looks back on nothing.
  var row: Double
  /// What a row's arithmetic grows by over 1000 tokens that it looks back on.
  var depth = 0.08
  /// Whether the next weights are read while rows are computed, as far as that goes.
  var overlaps = true

  func duration(of step: Step) -> Duration {
    let rows = (step.decodes + step.prefills).reduce(0.0) { sum, chunk in
      sum + chunk.positions.reduce(0.0) { $0 + row * (1 + depth * Double($1) / 1000) }
    }
    return .microseconds(Int(1000 * (overlaps ? max(reading, rows) : reading + rows)))
  }

  /// On two cores about: 7B in 4 bit on three machines, once with reading that is not hidden; 7B in 8 bit on two; a model
  /// of megabytes; 7B in fp32.
  static let all = [
    Machine(reading: 115, row: 19), Machine(reading: 70, row: 6), Machine(reading: 70, row: 6, overlaps: false),
    Machine(reading: 140, row: 5),
    Machine(reading: 230, row: 5), Machine(reading: 0.2, row: 0.05), Machine(reading: 600, row: 30),
  ]
}

/// Scripts on a machine whose steps take a known time: how long streams wait, and how long prompts take.
struct PacingTests {
  static let bound = Duration.milliseconds(250)

  /// Four streams that have been decoding for a while.
  private func streaming(on machine: Machine) -> Scheduler {
    var scheduler = Scheduler(running: 8, step: 512, time: Self.bound, blocks: 4000)
    for id in 1...UInt64(4) {
      _ = scheduler.arrive(SequenceID(id), text(Int(id), 640).shape(maximumTokenCount: 2000))
    }
    while advance(&scheduler, on: machine).step.decodes.count < 4 {}
    for _ in 0..<8 { advance(&scheduler, on: machine) }
    return scheduler
  }

  @discardableResult
  private func advance(_ scheduler: inout Scheduler, on machine: Machine) -> (step: Step, duration: Duration) {
    let step = scheduler.next()
    let duration = machine.duration(of: step)
    scheduler.completed(step, in: duration)
    return (step, duration)
  }

  /// Runs until the prompt of `id` is computed: how long every step takes.
  private func prefill(_ id: SequenceID, in scheduler: inout Scheduler, on machine: Machine) -> [Duration] {
    var durations: [Duration] = []
    while durations.count < 1000 {
      let (step, duration) = advance(&scheduler, on: machine)
      durations.append(duration)
      if step.prefills.contains(where: { $0.id == id && $0.needsLogits }) { break }
    }
    return durations
  }

  @Test func noStreamWaitsLongerThanTheBoundWhileAPromptIsComputed() {
    for machine in Machine.all where machine.reading < 250 {
      var scheduler = streaming(on: machine)
      let five = SequenceID(5)
      for round in 0..<3 {
        _ = scheduler.arrive(five, text(10 + round, 640).shape(maximumTokenCount: 4))
        let durations = prefill(five, in: &scheduler, on: machine)
        #expect(durations.allSatisfy { $0 <= Self.bound }, "\(machine): \(durations)")
        scheduler.finish(five)
      }
    }
  }

  @Test func aPromptLosesLessThanAFifthToFourStreams() {
    let machine = Machine(reading: 70, row: 6)
    var alone = Scheduler(running: 8, step: 512, time: Self.bound, blocks: 4000)
    let five = SequenceID(5)
    let prompt = text(9, 640).shape(maximumTokenCount: 4)
    _ = alone.arrive(five, prompt)
    let least = prefill(five, in: &alone, on: machine).reduce(.zero, +)
    var scheduler = streaming(on: machine)
    _ = scheduler.arrive(five, prompt)
    let beside = prefill(five, in: &scheduler, on: machine).reduce(.zero, +)
    #expect(beside < least * 1.25, "\(beside) beside streams, \(least) alone")
  }

  @Test func whereNothingDecodesAPromptTakesTheLargestStep() {
    let machine = Machine(reading: 70, row: 6)
    var scheduler = Scheduler(running: 8, step: 512, time: Self.bound, blocks: 4000)
    _ = scheduler.arrive(SequenceID(1), text(1, 640).shape())
    #expect(summary(advance(&scheduler, on: machine).step) == ["prefill 1 0..<512"])
    #expect(summary(advance(&scheduler, on: machine).step) == ["prefill 1 512..<640 last"])
  }

  @Test func aPromptGoesOnHoweverSlowTheModel() {
    let machine = Machine(reading: 600, row: 30)
    var scheduler = streaming(on: machine)
    _ = scheduler.arrive(SequenceID(5), text(9, 640).shape(maximumTokenCount: 4))
    for _ in 0..<10 {
      let (step, _) = advance(&scheduler, on: machine)
      #expect(step.decodes.count == 4 && step.prefills.first?.positions.count == Limits.leastPrefillTokenCount)
    }
  }

  @Test func aSmallModelsPromptIsComputedAtOnceBesideStreams() {
    let machine = Machine(reading: 0.2, row: 0.05)
    var scheduler = streaming(on: machine)
    _ = scheduler.arrive(SequenceID(5), text(9, 640).shape(maximumTokenCount: 4))
    #expect(summary(advance(&scheduler, on: machine).step).last == "prefill 5 0..<508")
  }

  @Test func everyStreamHasATokenInEveryStep() {
    let machine = Machine(reading: 70, row: 6)
    var scheduler = streaming(on: machine)
    for id in 5...UInt64(8) { _ = scheduler.arrive(SequenceID(id), text(Int(id), 640).shape(maximumTokenCount: 200)) }
    for _ in 0..<40 {
      let (step, _) = advance(&scheduler, on: machine)
      #expect(Set((1...4).map { SequenceID($0) }).isSubset(of: step.decodes.map(\.id)))
    }
  }

  @Test func aStepThatWasHeldUpShrinksNoOther() {
    let machine = Machine(reading: 70, row: 6)
    var scheduler = streaming(on: machine)
    _ = scheduler.arrive(SequenceID(5), text(9, 2000).shape(maximumTokenCount: 4))
    for _ in 0..<10 { advance(&scheduler, on: machine) }
    let before = advance(&scheduler, on: machine).step.tokenCount
    let held = scheduler.next()
    scheduler.completed(held, in: .seconds(30))
    for _ in 0..<5 {
      let rowCount = advance(&scheduler, on: machine).step.tokenCount
      // A group of five loses one of its measurements: the line moves by no more than their scatter.
      #expect(abs(rowCount - before) <= 2, "\(rowCount) rows after a step that was held up, \(before) before")
    }
  }
}
