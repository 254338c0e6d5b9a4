import Clusters
import Concurrency
import RPC
import TestSupport

/// A whole system in a simulation: gateways, vision workers, decoders and clients as the seed has them, asked, disturbed,
/// brought to rest, and then looked at.
public struct SimulatedSystem: Sendable {
  let scenario: Scenario
  let kit: ModelKit
  let simulation: Simulation
  let network: SimulatedTransport
  let chronicle: Chronicle
  let tier: MemoryTier
  let hosts: [Host]
  let clients: [Client]

  /// What became of a run.
  public struct Report: Sendable {
    public let violations: [Violation]
    public let questionCount: Int
    public let answeredCount: Int
    /// What all processes have counted, by metric, or by metric and a label's value: `llava_retries_total vision`.
    public let counts: @Sendable (String) -> Int
    /// How the others ended, the most frequent first.
    public let errors: [String]
    public let trace: String
  }

  /// Nobody waits longer: silence is noticed within ten seconds, and whoever is asked again has no more than that to wait
  /// either.
  static let longestAnswer = Duration.seconds(180)
  /// After the last answer everything comes to rest within this: a lost link is noticed after ten seconds of silence.
  static let longestUnrest = Duration.seconds(30)
  /// Between two looks.
  private static let pause = Duration.milliseconds(100)

  /// Runs the system of a seed to its end. The same seed gives the same trace; without a trace it is faster.
  public static func run(
    seed: UInt64, questionCount: Int = 100, _ kit: ModelKit, _ plants: Plants = Plants(), keepsTrace: Bool = false,
    keepsCounts: Bool = false
  ) async throws -> Report {
    let scenario = Scenario(seed: seed, questionCount: questionCount)
    return try await Simulation.run(seed: seed, keepsTrace: keepsTrace) { simulation in
      let system = try SimulatedSystem(scenario, kit, plants, in: simulation)
      let violations = try await system.run()
      let scrape = keepsCounts ? system.scrape : Scrape()
      return Report(
        violations: violations, questionCount: questionCount,
        answeredCount: system.chronicle.outcomes.count { $0?.finished != nil }, counts: { scrape[$0] },
        errors: system.errors,
        trace: simulation.trace)
    }
  }

  private init(_ scenario: Scenario, _ kit: ModelKit, _ plants: Plants, in simulation: Simulation) throws {
    self.scenario = scenario
    self.kit = kit
    self.simulation = simulation
    let timeline = simulation.timeline
    let network = SimulatedTransport(in: simulation)
    network.policy.delay = scenario.link.delay
    let chronicle = Chronicle(clock: timeline, questionCount: scenario.questions.count)
    let tier = MemoryTier(clock: timeline)
    (self.network, self.chronicle, self.tier) = (network, chronicle, tier)
    let processes = Processes(
      scenario: scenario, kit: kit, plants: plants, network: network, chronicle: chronicle, tier: tier)
    hosts =
      scenario.visions.map { Host($0, in: simulation, on: network) { try await processes.vision($0) } }
      + scenario.decoders.map { name in
        let rows = MemoryRows()
        return Host(name, in: simulation, on: network) { try await processes.decoder($0, keepingRowsIn: rows) }
      } + scenario.gateways.map { Host($0, in: simulation, on: network) { try await processes.gateway($0) } }
    clients = try scenario.clients.enumerated().map { index, name in
      Client(
        at: try Processes.address(scenario.gateways[index % scenario.gateways.count]),
        over: processes.transport(name), clock: timeline, kit, chronicle)
    }
  }

  private func run() async throws -> [Violation] {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for host in hosts { group.addTask { try? await host.run() } }  // ends by cancellation
      for client in clients { group.addTask { await client.channel.run() } }
      for client in clients { try await client.channel.opened() }
      _ = try await wait(atMost: Self.longestUnrest) { await isReady }
      network.policy = scenario.link
      let start = simulation.timeline.now
      for fault in scenario.faults { group.addTask { try? await fault.happen(to: self) } }
      for question in scenario.questions {
        group.addTask { await clients[question.client].ask(question, after: start) }
      }
      let isAnswered = try await wait(atMost: Self.longestAnswer) { chronicle.endedCount == scenario.questions.count }
      // One that came later would be a fault of the end itself.
      let lastFault = start + (scenario.faults.map { $0.at + $0.duration }.max() ?? .zero)
      try await simulation.timeline.sleep(for: max(.zero, lastFault - simulation.timeline.now))
      network.policy.dropShare = 0
      network.heal()
      let isAtRest = try await wait(atMost: isAnswered ? Self.longestUnrest : .zero) { await unrest().isEmpty }
      var violations = Checker(self).violations
      violations += isAtRest || !violations.isEmpty ? [] : await unrest()
      violations += await Ledgers(self).violations
      if violations.isEmpty { violations += try await closing() }
      group.cancelAll()
      return violations
    }
  }

  /// Whether every gateway has all of its workers.
  private var isReady: Bool {
    get async {
      for host in hosts {
        guard let life = host.life else { return false }
        if scenario.gateways.contains(host.name), life.scrape["llava_workers ready"] < workerCount { return false }
      }
      return true
    }
  }

  /// Of all processes that have lived.
  var scrape: Scrape { hosts.flatMap(\.lives).reduce(Scrape()) { $0 + $1.scrape } }

  private var workerCount: Int { scenario.visions.count + scenario.decoders.count }

  private var errors: [String] {
    let texts = chronicle.outcomes.compactMap { $0?.error?.description }
    let counts = Dictionary(texts.map { ($0, 1) }, uniquingKeysWith: +)
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) x \($0.key)" }
  }

  /// Whether something came to be true within a time.
  private func wait(atMost limit: Duration, until isTrue: () async -> Bool) async throws -> Bool {
    let end = simulation.timeline.now + limit
    while true {
      if await isTrue() { return true }
      guard simulation.timeline.now < end else { return false }
      try await simulation.timeline.sleep(for: Self.pause)
    }
  }

  /// What still goes on, and in whom.
  private func unrest() async -> [Violation] {
    var violations: [Violation] = []
    for host in hosts {
      guard let life = host.life else {
        violations.append(Violation(.unrest, "\(host.name) is not there"))
        continue
      }
      let gauges = await life.gauges()
      for name in ["in_progress", "waiting", "running"] {
        if let value = gauges[name], value != 0 {
          violations.append(Violation(.unrest, "\(host.name): \(name) is \(value)"))
        }
      }
    }
    return violations
  }

  /// Every server ends its connections in good order, which it can only do where no call is open any more.
  private func closing() async throws -> [Violation] {
    var violations: [Violation] = []
    for host in hosts.reversed() {
      guard let life = host.life else { continue }
      host.end(.stopped, rest: .seconds(3600))
      let isOver = try await wait(atMost: Host.drainLimit - Self.pause * 2) { life.isOver }
      if !isOver { violations.append(Violation(.openCalls, "\(host.name): its connections do not come to rest")) }
    }
    return violations
  }
}

extension PlannedFault {
  /// At its time, and no longer than it lasts.
  fileprivate func happen(to system: SimulatedSystem) async throws {
    let timeline = system.simulation.timeline
    func host(_ name: String) -> Host? { system.hosts.first { $0.name == name } }
    try await timeline.sleep(for: at)  // from the first question on
    system.simulation.record("\(fault) for \(duration)")
    switch fault {
    case .crash(let name):
      // A client's process is its links.
      if let host = host(name) { host.end(.killed, rest: duration) } else { system.network.crash(name) }
    case .drain(let name): host(name)?.end(.stopped, rest: duration)
    case .silence(let name): system.network.silence(name, until: timeline.now + duration)
    case .part(let one, let other):
      system.network.part(one, other)
      try await timeline.sleep(for: duration)
      system.network.join(one, other)
    case .slow(let name, let factor):
      guard let processor = host(name)?.life?.processor else { return }
      processor.slowness = factor
      try await timeline.sleep(for: duration)
      processor.slowness = 1
    case .tier(let mood):
      system.tier.mood = mood
      try await timeline.sleep(for: duration)
      system.tier.mood = .well
    }
  }
}
