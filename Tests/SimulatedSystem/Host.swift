import Concurrency
import TestSupport

/// A place in a simulated system where one process after the other lives.
final class Host: Sendable {
  enum Ending: Sendable { case killed, stopped }

  /// What a process has to finish what it has begun, once it is told to stop.
  static let drainLimit = Duration.seconds(5)

  let name: String
  private let network: SimulatedTransport
  private let simulation: Simulation
  private let start: @Sendable (Life) async throws -> Life.Service
  private let past = Lock<[Life]>([])
  private let order = Lock<(ending: Ending, rest: Duration)?>(nil)
  private let news = Signal()

  /// `start` makes what runs in a process; it throws where the process could not start.
  init(
    _ name: String, in simulation: Simulation, on network: SimulatedTransport,
    start: @escaping @Sendable (Life) async throws -> Life.Service
  ) {
    self.name = name
    self.simulation = simulation
    self.network = network
    self.start = start
  }

  /// Every process that has lived here, the last one first to last.
  var lives: [Life] { past.withLock { $0 } }

  /// The process that lives here now.
  var life: Life? { lives.last { !$0.isOver } }

  /// Ends the process that lives here; another one starts after `rest`.
  func end(_ ending: Ending, rest: Duration) {
    guard life != nil else { return }
    order.withLock { $0 = (ending, rest) }
    news.raise()
  }

  /// One process after the other, until the task is cancelled.
  func run() async throws {
    while true {
      let life = Life(on: name, number: lives.count + 1, SimulatedProcessor(in: simulation))
      let service = try await start(life)
      life.begin(service)
      past.withLock { $0.append(life) }
      let rest = await live(life, service)
      life.end()
      simulation.record("\(name) is over")
      try await simulation.timeline.sleep(for: rest)
    }
  }

  private func live(_ life: Life, _ service: Life.Service) async -> Duration {
    order.withLock { $0 = nil }
    return await withTaskGroup(of: Void.self) { group in
      group.addTask { await service.server.run(on: service.listener) }
      group.addTask { await service.run() }
      var order: (ending: Ending, rest: Duration)?
      while order == nil, (try? await news.wait()) != nil { order = self.order.withLock { $0 } }
      simulation.record("\(name) is \(order.map { "\($0.ending)" } ?? "left")")
      switch order?.ending {
      case .killed: network.crash(name)
      case .stopped:
        service.close()
        await drain(service)
      case nil: break
      }
      group.cancelAll()
      return order?.rest ?? .zero
    }
  }

  private func drain(_ service: Life.Service) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await service.server.drain() }
      group.addTask { [simulation] in try? await simulation.timeline.sleep(for: Self.drainLimit) }
      await group.next()
      group.cancelAll()
    }
  }
}
