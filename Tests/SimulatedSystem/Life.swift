import Clusters
import Concurrency
import Contracts
import RPC
import Telemetry

/// One process of a simulated system, from its start until it is killed or has stopped.
final class Life: Sendable {
  /// What runs in it.
  struct Service: Sendable {
    let server: Server
    let listener: any Listener
    /// Has it refuse new work.
    let close: @Sendable () -> Void
    let run: @Sendable () async -> Void
    let health: @Sendable () async -> HealthReply
  }

  let host: String
  /// Which of the processes of this host, from 1 on.
  let number: Int
  let processor: SimulatedProcessor
  let metrics = MetricRegistry()
  private let state = Lock((service: Service?.none, isOver: false))

  init(on host: String, number: Int, _ processor: SimulatedProcessor) {
    self.host = host
    self.number = number
    self.processor = processor
  }

  var service: Service? { state.withLock { $0.service } }
  var isOver: Bool { state.withLock { $0.isOver } }

  func begin(_ service: Service) { state.withLock { $0.service = service } }
  func end() { state.withLock { $0.isOver = true } }

  /// Its metrics, now.
  var scrape: Scrape { Scrape(metrics.exposition) }

  /// What it says of itself, by name.
  func gauges() async -> [String: Int] {
    guard let service else { return [:] }
    return Dictionary(await service.health().gauges.map { ($0.name, $0.value) }) { first, _ in first }
  }
}
