import Concurrency
import Launch

/// What is being measured: one line that is written again and again where standard error is a terminal, and elsewhere a
/// line for each thing that is measured.
final class BenchProgress: Sendable {
  private let output: Output
  private let shown = Lock("")

  init(output: Output = .standardError) { self.output = output }

  /// `done` of `total` repeats of `name` have been measured.
  func show(_ name: String, _ done: Int, of total: Int) {
    if output.isTerminal {
      try? output.write("\r\u{1B}[K\(name) \(done)/\(total) …")  // only a courtesy
    } else if shown.withLock({ $0 != name }) {
      output.say("bench: \(name)")
    }
    shown.withLock { $0 = name }
  }

  func end() {
    if output.isTerminal { try? output.write("\r\u{1B}[K") }  // only a courtesy
  }
}
