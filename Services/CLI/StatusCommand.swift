import ArgumentParser
import Concurrency
import Contracts
import Launch
import RPC

/// `llava status`: the workers of a gateway, what they do and how they are.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show a gateway's workers, their load and health, the caches and the ledger.",
    discussion: """
      EXAMPLES
        llava status
        llava status --gateway tcp://127.0.0.1:7600 --json
        llava status --wait 60s      until every worker is ready; for scripts
      """)

  @OptionGroup var gateway: RunningGateway

  @Option(
    help: "Wait this long until every worker is ready; otherwise the exit status is 3.", transform: Duration.parsed)
  var wait: Duration?

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() async throws {
    let status = try await gateway.withSession(patience: wait) { session in
      var status = try await session.status()
      let giveUp = wait.map { session.clock.now + $0 }
      while let giveUp, !status.isComplete, session.clock.now < giveUp {
        try await session.clock.sleep(for: .milliseconds(50))
        status = try await session.status()
      }
      return status
    }
    try Output.standardOutput.write(json ? StatusReport(status).json + "\n" : status.table)
    guard wait == nil || status.isComplete else {
      throw ServiceError(.unavailable, "\(gateway.address): not every worker is ready")
    }
  }
}

extension StatusReply {
  /// Whether questions are taken, and nobody is missing but who is meant to be.
  var isComplete: Bool { isReady && workers.allSatisfy { ["ready", "idle", "drained"].contains($0.state) } }

  /// For people.
  var table: String {
    var table = Table(["ROLE", "ADDRESS", "STATE", "MODEL", "IN FLIGHT", ""], alignedRight: [4])
    for worker in workers {
      table.add(["\(worker.role)", worker.address, worker.state, worker.model, "\(worker.inFlight)", worker.reason])
    }
    let state = isReady ? "ready" : "not ready: \(reason)"
    return "gateway \(state) (\(build))\n\n" + table.text + "\n" + ledgers.text + "\n" + others
  }

  /// Every process with its gauges, the gateway first.
  var processes: [(name: String, gauges: [Gauge])] {
    [("gateway", gauges)] + workers.map { ("\($0.role) \($0.address)", $0.gauges) }
  }

  /// What every process counts: received = accepted + refused; accepted = completed + failed + cancelled + in progress.
  private static let ledger = Audit.names

  private var ledgers: Table {
    var table = Table(
      ["LEDGER"] + Self.ledger.map { $0.uppercased().replacing("_", with: " ") },
      alignedRight: Set(1...Self.ledger.count))
    for (name, gauges) in processes {
      table.add(
        [name] + Self.ledger.map { entry in gauges.first { $0.name == entry }.map { "\($0.value)" } ?? "-" })
    }
    return table
  }

  /// What a role counts besides; a line for each process.
  private var others: String {
    processes.map { name, gauges in
      let own = gauges.filter { !Self.ledger.contains($0.name) }
      return own.isEmpty ? "" : "\(name): " + own.map(Self.text).joined(separator: ", ") + "\n"
    }.joined()
  }

  private static func text(_ gauge: Gauge) -> String {
    let amount = gauge.name.contains("bytes") ? "\(ByteCount(bytes: gauge.value))" : "\(gauge.value)"
    return gauge.name.replacing("_", with: " ").replacing(" bytes", with: "") + " " + amount
  }
}

/// A gateway's status as one JSON object.
struct StatusReport: Encodable {
  struct Worker: Encodable {
    var role: String
    var address: String
    var state: String
    var reason: String
    var model: String
    var inFlight: Int
    var gauges: [String: Int]
  }

  var ready: Bool
  var reason: String
  var build: String
  var gauges: [String: Int]
  var workers: [Worker]

  init(_ status: StatusReply) {
    ready = status.isReady
    reason = status.reason
    build = status.build
    gauges = Self.dictionary(status.gauges)
    workers = status.workers.map { worker in
      Worker(
        role: "\(worker.role)", address: worker.address, state: worker.state, reason: worker.reason,
        model: worker.model, inFlight: worker.inFlight, gauges: Self.dictionary(worker.gauges))
    }
  }

  private static func dictionary(_ gauges: [Gauge]) -> [String: Int] {
    Dictionary(gauges.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }
}
