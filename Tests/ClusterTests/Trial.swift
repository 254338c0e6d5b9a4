import Clusters
import Concurrency
import Foundation
import Programs
import RPC

/// One cell, gone through: a phase is reached, a fault is done, and what comes of it is looked at.
struct Trial: Sendable {
  let cell: Cell
  let site: Site
  let client: Client
  private let clock = SystemClock()

  init(_ cell: Cell, at site: Site, by client: Client) {
    self.cell = cell
    self.site = site
    self.client = client
  }

  /// Long enough for any of it on a busy machine; what is not over then hangs.
  private static let limit = Duration.seconds(90)
  /// What a client waits for its answer.
  private static let patience = Duration.seconds(60)
  /// What outlives a dead peer is at rest within a second of the last answer; how fast a machine is that tests something else
  /// besides is no matter of the sample.
  private static let restLimit = KillMatrixTests.isWhole ? Duration.seconds(1) : patience
  /// Half of the silence after which a peer is given up.
  private static let stopDuration = Duration.seconds(5)
  /// What a slow disk takes for a piece, in microseconds: within what a call there may take.
  private static let slowness: UInt32 = 100_000

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Goes through it, and says what came of it. Throws what must not be.
  func run() async throws -> String {
    let audience = Audience(client, fileNumbers: site.fileNumbers, patience: Self.patience)
    return try await withThrowingTaskGroup(of: String?.self) { group in
      group.addTask { try await passed(audience) }
      group.addTask {
        await audience.run()
        return nil
      }
      group.addTask {
        try await clock.sleep(for: Self.limit)
        throw Failure(description: "not over within \(Self.limit)")
      }
      defer {
        group.cancelAll()
        site.letGo()
      }
      guard let report = try await group.next() ?? nil else { throw CancellationError() }
      return report
    }
  }

  private func passed(_ audience: Audience) async throws -> String {
    let victim = name(of: try await Scene(site: site, audience: audience).reach(cell.phase))
    let evidence = try await evidence()
    try await strike(victim)
    let struck = clock.now
    site.letGo()
    audience.letGo()
    // A disk goes on being full, or slow: somebody has to meet it.
    if cell.fault == .fullDisk || cell.fault == .slowDisk { _ = audience.ask(Question.describing[2]) }
    let counts = try await outcomes(of: audience.asked)
    let heard = clock.now
    try await ended(victim)
    // Disks are written behind the answers.
    if let evidence { while let now = try await self.evidence(), now <= evidence {} }
    if cell.fault == .fullDisk, cell.victim == .decoder { try await complained() }
    let living = Site.all.filter(site.processes.isRunning)
    try await Rest.reached(by: living, of: site.processes, before: heard + Self.restLimit)
    let rested = clock.now
    try await undo(victim)
    try await answersAgain()
    return "\(counts.answered) answered, \(counts.failed) failed within \(seconds(heard - struck)); "
      + "\(living.count) processes at rest \(seconds(rested - heard)) later"
  }

  private func name(of workers: Scene.Workers) -> String {
    switch cell.victim {
    case .gateway: "gateway"
    case .vision: workers.vision
    case .decoder: workers.decoder
    case .store: "store"
    }
  }

  private func seconds(_ duration: Duration) -> String { "\(Double(duration.nanoseconds / 1_000_000) / 1000) s" }

  // MARK: The fault

  private func strike(_ victim: String) async throws {
    switch cell.fault {
    case .kill:
      signal(victim, SIGKILL)
      guard cell.victim != .store, await exitStatus(of: victim) != -SIGKILL else { break }
      throw Failure(description: "\(victim) had died before it was killed: \(try site.processes.errorText(victim))")
    case .terminate: signal(victim, SIGTERM)
    case .stop:
      signal(victim, SIGSTOP)
      try await clock.sleep(for: Self.stopDuration)
      signal(victim, SIGCONT)
    case .fullDisk: try site.fillDisk(of: cell.victim)
    case .slowDisk: site.slowStore(by: Self.slowness)
    }
  }

  /// A number that grows where a disk's fault is met, or nothing where the fault shows by itself.
  private func evidence() async throws -> Double? {
    switch (cell.fault, cell.victim) {
    case (.fullDisk, .store):
      return try await number(#"llava_feature_store_events_total{tier="disk",event="refusals"}"#)
    case (.slowDisk, _):
      // Whole pieces that took as long as a slow one does, and those that were given up.
      let seconds = try await number(#"llava_feature_store_seconds_sum{tier="store",operation="put"}"#)
      let failures = try await number(#"llava_feature_store_events_total{tier="store",event="failures"}"#)
      return (seconds / (Double(Self.slowness) / 1e6)).rounded(.down) + failures
    case (.fullDisk, _), (.kill, _), (.stop, _), (.terminate, _): return nil
    }
  }

  /// Returns once a decoder has said, which it does once, that it cannot write.
  private func complained() async throws {
    let complaint = "rows on disk"
    while try !Site.decoders.contains(where: { name in
      try site.processes.log(of: name).contains { $0.message.hasPrefix(complaint) }
    }) { try Task.checkCancellation() }
  }

  private func number(_ name: String) async throws -> Double {
    try await site.processes.numbersNow(of: "gateway")[name] ?? 0
  }

  private func signal(_ victim: String, _ signal: Int32) {
    if cell.victim == .store { site.signalStore(signal) } else { site.processes.signal(victim, signal) }
  }

  private func exitStatus(of victim: String) async -> Int32? {
    await BlockingThread.run { [processes = site.processes] in processes.status(victim) }
  }

  /// Who was asked to end has, by itself and in order.
  private func ended(_ victim: String) async throws {
    guard cell.fault == .terminate, cell.victim != .store else { return }
    guard let status = await exitStatus(of: victim), status == 0 else {
      throw Failure(description: "\(victim) did not end in order: \(try site.processes.errorText(victim))")
    }
  }

  /// Everything is as it was before.
  private func undo(_ victim: String) async throws {
    switch cell.fault {
    case .stop: break
    case .kill, .terminate:
      if cell.victim == .store { try await site.restartStore() } else { try site.processes.restart(victim) }
    case .fullDisk: site.emptyDisks()
    case .slowDisk: site.slowStore(by: 0)
    }
    while true {
      try await client.channel.opened()
      // It may be lost at any time; then it opens again.
      let workers = (try? await client.status())?.workers ?? []
      if workers.count(where: { $0.state != "connecting" && $0.state != "refused" }) == Site.all.count - 1 { return }
    }
  }

  // MARK: What came of it

  private func outcomes(of asked: [Asked]) async throws -> (answered: Int, failed: Int) {
    var counts = (answered: 0, failed: 0)
    for one in asked {
      let outcome = try await one.outcome()
      if let fault = site.fault(of: one, outcome) { throw Failure(description: fault) }
      switch outcome {
      case .answered: counts.answered += 1
      case .failed(let error):
        guard cell.mayLose else {
          throw Failure(description: "an answer was lost: \(error)")
        }
        counts.failed += 1
      }
    }
    return counts
  }

  /// A question that comes after it all is answered as before.
  private func answersAgain() async throws {
    let asked = Asked(Question.describing[3], number: site.fileNumbers.next())
    await asked.run(by: client, deadline: clock.now + Self.patience)
    let outcome = try await asked.outcome()
    guard case .answered = outcome, site.fault(of: asked, outcome) == nil else {
      throw Failure(description: "afterwards: \(outcome)")
    }
  }
}
