import Concurrency
import Launch

/// How far a conversion is, in bytes: a line that is written over where there is a terminal, a line now and then where
/// there is none.
struct ByteProgress {
  private let total: Int
  private let output: Output
  private var done = 0
  private var started = Instant.distantFuture
  private var shown = Instant.distantFuture

  /// A terminal is not written to more often than an eye can follow, a log not more often than somebody looks.
  private var pause: Duration { output.isTerminal ? .milliseconds(100) : .seconds(5) }

  init(total: Int, output: Output) {
    self.total = max(total, 1)
    self.output = output
  }

  mutating func begin(at now: Instant) { (started, shown) = (now, now) }

  mutating func advance(by count: Int, at now: Instant) {
    done += count
    guard now - shown >= pause || done == total && output.isTerminal else { return }
    shown = now
    let line = line(at: now)
    if output.isTerminal {
      try? output.write("\r\u{1B}[K" + line)  // only a courtesy
    } else {
      output.say(line)
    }
  }

  func end() {
    if output.isTerminal { output.say("") }
  }

  func line(at now: Instant) -> String {
    let seconds = Double((now - started).nanoseconds) / 1e9
    let rate = seconds > 0 ? ", \(ByteCount(bytes: Int(Double(done) / seconds)))/s" : ""
    return "\(done * 100 / total) % of \(ByteCount(bytes: total))\(rate)"
  }
}
