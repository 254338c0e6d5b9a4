import Concurrency

/// A world in which the seed decides everything that is left to chance: which task runs next, how long a frame takes,
/// which one is lost. The same seed gives the same trace, byte for byte.
///
/// One thread runs it all. When no task can run, time jumps to the next event; when there is none either and the body
/// has not ended, that is a deadlock, and an error.
public final class Simulation: Sendable {
  public let seed: UInt64
  public let timeline = Timeline()
  let network: Lock<SeededGenerator>
  private let chance: Lock<SeededGenerator>
  private let lines: Lock<[String]>?

  private init(seed: UInt64, keepsTrace: Bool) {
    self.seed = seed
    network = Lock(SeededGenerator(seed: seed ^ 0x9e37_79b9_7f4a_7c15))
    chance = Lock(SeededGenerator(seed: seed ^ 0xbb67_ae85_84ca_a73b))
    lines = keepsTrace ? Lock([]) : nil
  }

  /// Everything that was recorded, a line each.
  public var trace: String { lines?.withLock { $0.joined(separator: "\n") } ?? "" }

  /// Nothing is made of `line` where no trace is kept.
  public func record(_ line: @autoclosure () -> String) {
    guard let lines else { return }
    let text = "\(timeline.now.nanoseconds) \(line())"
    lines.withLock { $0.append(text) }
  }

  /// What is left to chance besides order and network.
  public func draw<Result>(_ body: (inout SeededGenerator) -> Result) -> Result { chance.withLock { body(&$0) } }

  public struct Deadlock: Error, CustomStringConvertible {
    public let seed: UInt64
    public let trace: String
    public var description: String {
      "seed \(seed): nothing can happen any more, and the body has not ended; the trace ends with\n"
        + trace.split(separator: "\n").suffix(20).joined(separator: "\n")
    }
  }

  /// Runs `body` in a world of its own. Without a trace it is faster, and otherwise the same.
  public static func run<Result: Sendable>(
    seed: UInt64, keepsTrace: Bool = true, _ body: @escaping @Sendable (Simulation) async throws -> Result
  ) async throws -> Result {
    try await InferenceThread().run {
      let simulation = Simulation(seed: seed, keepsTrace: keepsTrace)
      let executor = SeededExecutor(seed: seed)
      let outcome = Lock<Swift.Result<Result, any Error>?>(nil)
      // The one task without a parent: everything in the world is its child.
      Task(executorPreference: executor) {
        do {
          let result = try await body(simulation)
          outcome.withLock { $0 = .success(result) }
        } catch {
          outcome.withLock { $0 = .failure(error) }
        }
      }
      while true {
        if let outcome = outcome.withLock({ $0 }) {
          while executor.step() {}
          simulation.timeline.end()
          return try outcome.get()
        }
        guard executor.step() || simulation.timeline.step() else {
          throw Deadlock(seed: seed, trace: simulation.trace)
        }
      }
    }
  }
}
