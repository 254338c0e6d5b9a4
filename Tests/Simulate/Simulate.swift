import ArgumentParser
import Checkpoint
import Foundation
import ModelFixtures
import SimulatedSystem

/// Runs the simulated system of one seed after the other, and stops at the first in which something is that must not be.
@main struct Simulate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "llava-simulate", abstract: "A whole system for each seed: asked, disturbed, brought to rest, checked."
  )

  @Option(help: "The first seed.") var first: UInt64 = 1
  @Option(help: "How many seeds.") var count: UInt64 = 1
  @Option(help: "Questions of each.") var questions = 100
  @Flag(help: "Print everything that happened.") var trace = false

  /// Every so many seeds run twice, and must give the same trace.
  private static let repeatedEvery: UInt64 = 100
  /// Seeds between two lines of progress.
  private static let reportedEvery: UInt64 = 500

  func run() async throws {
    let kit = try ModelKit(try CheckpointGolden.splitting("next"))
    let clock = ContinuousClock()
    let start = clock.now
    var (asked, answered) = (0, 0)
    for seed in first..<first + count {
      let isRepeated = seed % Self.repeatedEvery == 0
      let report = try await run(seed, kit, keepsTrace: trace || isRepeated)
      if trace { say(([report.trace] + report.errors).joined(separator: "\n")) }
      if isRepeated, try await run(seed, kit, keepsTrace: true).trace != report.trace {
        say("seed \(seed): the same seed twice, and not the same trace")
        throw ExitCode.failure
      }
      guard report.violations.isEmpty else {
        say("seed \(seed):")
        for violation in report.violations { say("  \(violation)") }
        say("alone, with its trace: deploy/dev/simulate 1 \(seed) --trace")
        throw ExitCode.failure
      }
      (asked, answered) = (asked + report.questionCount, answered + report.answeredCount)
      guard (seed - first + 1) % Self.reportedEvery == 0 || seed == first + count - 1 else { continue }
      let seconds = (clock.now - start) / .seconds(1)
      let rate = Int(Double(asked) / seconds)
      say("seeds \(first)...\(seed): \(asked) requests, \(answered) answered, \(rate) a second")
    }
  }

  /// At once, whatever the output is.
  private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

  private func run(_ seed: UInt64, _ kit: ModelKit, keepsTrace: Bool) async throws -> SimulatedSystem.Report {
    try await SimulatedSystem.run(seed: seed, questionCount: questions, kit, keepsTrace: keepsTrace)
  }
}
