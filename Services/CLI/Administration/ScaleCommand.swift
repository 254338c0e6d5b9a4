import ArgumentParser
import Contracts
import Launch

/// `llava scale`: so many vision workers on one machine.
struct ScaleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale", abstract: "Have `llava serve` run so many vision workers, each a process of its own.",
    discussion: """
      EXAMPLES
        llava serve --model models/llava-1.5-7b-hf &
        llava scale vision 4                 the one in `llava serve`, and three processes
        llava scale vision 4 --threads 2
        llava scale vision 1                 those too many finish what they have, and stop

      They run llava-vision with the model that is served, are started again where they crash, and end with `llava serve`. A
      gateway on a cluster is scaled by `kubectl scale`. Takes an administrator.
      """)

  @Argument(help: "vision: the other services have one process.")
  var role: String

  @Argument(help: "How many, the one in `llava serve` included.")
  var count: Int

  @Option(
    help: "Threads of each that is started (default: an equal share of the cores).", transform: ThreadCount.parsed)
  var threads: ThreadCount?

  @OptionGroup var gateway: RunningGateway

  func validate() throws {
    if role != "vision" {
      throw ValidationError("expected vision, found '\(role)': it is the one role that is scaled here")
    }
    if count < 0 { throw ValidationError("expected a count from 1, found \(count)") }
  }

  func run() async throws {
    let request = ScaleRequest(role: .vision, count: count, threadCount: threads?.count)
    let reply = try await gateway.withSession { session in
      try await session.client.scale(request, in: session.context())
    }
    try Output.standardOutput.write(reply.workers.joined(separator: "\n") + "\n")
  }
}
