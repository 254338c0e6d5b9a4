import ArgumentParser
import Clusters
import Concurrency
import Foundation
import Launch
import Programs
import TestSupport

/// Real processes under mixed load for a long time: what they hold must not grow.
struct Soak: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Loads real processes for an hour, and says whether their memory and descriptors are flat.",
    discussion: """
      Clients ask about known and new pictures, about none, with bad files and deadlines that pass; some cancel, and some go
      without a word. Every answer is compared with the first one. Exit status 1 where one differs, a ledger does not add \
      up, or a process grows.
      """)

  @Option(help: "Minutes of load; the first sixth warms up.") var minutes = 60.0
  @Option(help: "Clients at once.") var clients = 4
  @Option(help: "Decides what is asked, and when.") var seed: UInt64 = 1
  @Option(help: "A CSV file for all measurements.") var out = "soak.csv"

  private static let vision = ["vision-0", "vision-1"]
  private static let all = ["gateway", "decoder"] + vision
  private static let interval = Duration.seconds(10)
  private static let reportInterval = Duration.seconds(600)

  func validate() throws {
    guard (0.5...10_000).contains(minutes), (1...64).contains(clients) else {
      throw ValidationError(
        "expected 0.5 to 10,000 minutes and 1 to 64 clients, found \(minutes) minutes and \(clients) clients")
    }
  }

  func run() async throws {
    let processes = Processes()
    let result: Result<Bool, any Error>
    do {
      try start(processes)
      result = .success(try await soak(processes))
    } catch {
      result = .failure(error)
    }
    try await processes.stop()
    guard try result.get() else { throw ExitCode.failure }
  }

  /// Small caches, so that they are full, and evict, once it is warm.
  private func start(_ processes: Processes) throws {
    func start(_ name: String, _ program: String, _ arguments: [String]) throws {
      try processes.start(name, program, arguments + ["--listen", processes.address(name)])
    }
    let model = ["--model", TestModel.demo, "--threads", "1", "--weights", "fp32"]
    for name in Self.vision { try start(name, "llava-vision", model) }
    try start("decoder", "llava-decoder", model + ["--kv-memory", "96MiB"])
    try start(
      "gateway", "llava-gateway",
      Self.vision.flatMap { ["--vision", processes.address($0)] } + [
        "--decoder", processes.address("decoder"), "--feature-cache", "8MiB", "--feature-cache-directory",
        processes.path("features"), "--feature-cache-bytes", "16MiB",
      ])
  }

  /// Whether everything was right and flat.
  private func soak(_ processes: Processes) async throws -> Bool {
    let output = Output.standardOutput
    output.say("seed \(seed), \(clients) clients for \(minutes) minutes; measurements in \(out)")
    let clock = SystemClock()
    let load = try await processes.withClient(workerCount: 3) { try await SoakLoad(processes, by: $0, seed: seed) }
    var watch = try await FootprintWatch(of: Self.all, processes)
    let end = clock.now + .seconds(minutes * 60)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<clients { group.addTask { try await load.run(client, until: end) } }
      var reported = clock.now
      while clock.now < end, load.fault == nil {
        try await clock.sleep(for: min(Self.interval, end - clock.now))
        try watch.measure(to: out)
        if clock.now - reported >= Self.reportInterval {
          output.say("\(load.answerCount) answers; \((end - clock.now).nanoseconds / 60_000_000_000) minutes to go")
          reported = clock.now
        }
      }
      try await group.waitForAll()
    }
    try await processes.withClient(workerCount: 3) { _ = try await $0.settled() }
    for line in load.report { output.say(line) }
    let verdicts = try await watch.verdicts(afterWarmUp: 1 / 6)
    for verdict in verdicts { output.say(verdict.line) }
    if let fault = load.fault { output.say("wrong: \(fault)") }
    return load.fault == nil && verdicts.allSatisfy(\.isFlat)
  }
}
