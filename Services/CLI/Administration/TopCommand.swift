import ArgumentParser
import Concurrency
import Launch

/// `llava top`: a gateway and its workers, live.
struct TopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "Watch a gateway: workers, queues, cache hits and tokens, each second, until Ctrl-C.",
    discussion: "Where the output is no terminal, one table of one second.")

  @OptionGroup var gateway: RunningGateway

  /// Between two looks.
  private static let interval = Duration.seconds(1)
  /// Home, and whatever was below it gone.
  private static let clear = "\u{1B}[H\u{1B}[J"

  func run() async throws {
    let gateway = gateway
    try await untilInterrupt {
      try await gateway.withSession { session in
        let output = Output.standardOutput
        var (before, seen) = (try await session.status(), session.clock.now)
        if output.isTerminal { try output.write("\u{1B}[2J" + Self.clear + TopFrame(before).text) }
        while true {
          try await session.clock.sleep(for: Self.interval)
          let status = try await session.status()
          let now = session.clock.now
          let frame = TopFrame(status, since: before, seconds: Double((now - seen).nanoseconds) / 1e9)
          try output.write((output.isTerminal ? Self.clear : "") + frame.text)
          if !output.isTerminal { return }
          (before, seen) = (status, now)
        }
      }
    }
  }
}
