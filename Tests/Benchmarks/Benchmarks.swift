import ArgumentParser

/// Measures what tests must not: time.
@main struct Benchmarks: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures the services on the demonstration model.",
    discussion: """
      Run it on a quiet machine, and compare figures of one run only: other load moves them all.

      EXAMPLES
        deploy/dev/bench latency
        deploy/dev/bench latency --samples 200 --rate 20
        deploy/dev/bench views
        deploy/dev/bench overload
        deploy/dev/bench features --weights int8 PICTURES
      """, subcommands: [Latency.self, Features.self, Logits.self, Views.self, Listen.self, Overload.self, Soak.self])
}
