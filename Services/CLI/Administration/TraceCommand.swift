import ArgumentParser
import Contracts
import Launch
import RPC

/// `llava trace`: where the time of one request went, in all processes.
struct TraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Show where the time of one request went, in every process that it passed through.",
    discussion: """
      EXAMPLE
        llava trace f180acbff34240f8cb76c98a34217a4b

      Every receipt ends with its trace. A process keeps its last 1,024 requests, those that failed as well. Takes an
      administrator.
      """)

  @Argument(help: "32 hexadecimal digits, as a receipt has them.")
  var trace: String

  @OptionGroup var gateway: RunningGateway

  func run() async throws {
    guard let id = TraceID(trace) else {
      throw LaunchError(.usage, "expected a trace of 32 hexadecimal digits, found '\(trace)'")
    }
    let records = try await gateway.withSession { session in
      try await TraceClient(session.client.channel).traces(of: id, in: session.context()).records
    }
    guard !records.isEmpty else {
      throw ServiceError(
        .notFound,
        "\(gateway.address): nobody knows the trace \(id): it is too old, still in progress, or another gateway's"
      )
    }
    try Output.standardOutput.write(Waterfall(records).text)
  }
}
