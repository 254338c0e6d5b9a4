import Concurrency
import Foundation

/// A process that was started here, and that stops when this one is gone: its standard input ends then.
final class Child: Sendable {
  private let process: Process
  /// Held for as long as the child is.
  private let input: Pipe
  private let end: Signal

  /// Starts `program`; its output is this process's. Throws where the system cannot.
  init(_ program: String, _ arguments: [String]) throws {
    let (process, input, end) = (Process(), Pipe(), Signal())
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = input
    process.terminationHandler = { _ in end.raise() }
    try process.run()
    self.process = process
    self.input = input
    self.end = end
  }

  var identifier: Int32 { process.processIdentifier }

  /// Asks it to finish what it has and stop.
  func stop() { process.terminate() }

  /// How it ended; where the task is cancelled, it is asked to stop, and this does not wait for it.
  func ended() async -> String {
    guard (try? await end.wait()) != nil else {
      stop()
      return "stopped"
    }
    let status = process.terminationStatus
    return process.terminationReason == .exit ? "exit status \(status)" : "signal \(status)"
  }
}
