import Concurrency
import Launch

/// How far an evaluation is: a bar where there is a terminal, a line now and then where there is none.
struct ProgressBar {
  private let total: Int
  private let before: Int
  private var done: Int
  private let output: Output
  private var started = Instant.distantFuture

  private static let width = 30

  /// `done` were done before this run, and say nothing about its speed.
  init(total: Int, done: Int, output: Output) {
    self.total = total
    before = done
    self.done = done
    self.output = output
  }

  mutating func begin(at now: Instant) {
    started = now
    if before > 0 { output.say("going on after \(before) of \(total) answers") }
  }

  mutating func advance(at now: Instant) {
    done += 1
    let line = line(at: now)
    if output.isTerminal {
      try? output.write("\r\u{1B}[K" + line)  // only a courtesy
    } else if done == total || done * 10 / total > (done - 1) * 10 / total {
      output.say(line)
    }
  }

  func end() {
    if output.isTerminal { output.say("") }
  }

  func line(at now: Instant) -> String {
    let filled = done * Self.width / max(total, 1)
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
    return "[\(bar)] \(done)/\(total) \(done * 100 / max(total, 1)) % \(rest(at: now))"
  }

  private func rest(at now: Instant) -> String {
    let seconds = Double((now - started).nanoseconds) / 1e9
    guard done > before, seconds > 0 else { return "" }
    let rate = Double(done - before) / seconds
    let left = Int((Double(total - done) / rate).rounded(.up))
    let tenths = Int((rate * 10).rounded())
    return
      "\(tenths / 10).\(tenths % 10)/s, \(left / 3600 > 0 ? "\(left / 3600)h" : "")\(left / 60 % 60)m\(left % 60)s left"
  }
}
