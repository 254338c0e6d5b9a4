import ArgumentParser
import Concurrency
import Contracts
import Launch
import RPC

/// `llava drain`: a worker gets nothing new, and finishes what it has.
struct DrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drain", abstract: "Have a gateway give a worker nothing new; what it has it finishes.",
    discussion: """
      EXAMPLES
        llava drain tcp://10.0.0.7:7601
        llava drain tcp://10.0.0.7:7601 --wait 60s      until it has nothing more to do; then it may be stopped
        llava drain tcp://10.0.0.7:7601 --undo

      Takes an administrator: a token that was added with --admin, or the gateway's own socket where it has no tokens. Each
      gateway is told by itself.
      """)

  @Argument(help: "Its address, as `llava status` shows it.")
  var worker: String

  @Flag(help: "Give it work again.")
  var undo = false

  @Option(help: "Wait this long until it has nothing more to do; otherwise exit 3.", transform: Duration.parsed)
  var wait: Duration?

  @OptionGroup var gateway: RunningGateway

  func validate() throws {
    if undo, wait != nil { throw ValidationError("--undo has nothing to wait for") }
  }

  func run() async throws {
    let status = try await gateway.withSession { session in
      let request = DrainRequest(address: worker, isUndone: undo)
      var found = try await session.client.drain(request, in: session.context()).worker
      let giveUp = session.clock.now + (wait ?? .zero)
      while found.state == "draining", session.clock.now < giveUp {
        try await session.clock.sleep(for: .milliseconds(100))
        // One that has left meanwhile has nothing more to do.
        guard let now = try await session.status().workers.first(where: { $0.address == worker }) else {
          found.state = "drained"
          break
        }
        found = now
      }
      return found
    }
    try Output.standardOutput.write("\(status.address) \(status.state), \(status.inFlight) in flight\n")
    guard wait == nil || status.state != "draining" else {
      throw ServiceError(.unavailable, "\(status.address): \(status.inFlight) are still in flight")
    }
  }
}
