import Launch

/// Which check is at work: one line that is written again and again, where standard error is a terminal.
struct CheckProgress {
  private let output: Output?
  private let total: Int
  private var done = 0

  init(total: Int, output: Output = .standardError) {
    self.total = total
    self.output = output.isTerminal ? output : nil
  }

  mutating func begin(_ check: Check) {
    done += 1
    rewrite("[\(done)/\(total)] \(check.section.rawValue): \(check.name) …")
  }

  func end() { rewrite("") }

  private func rewrite(_ line: String) {
    try? output?.write("\r\u{1B}[K" + line)  // only a courtesy
  }
}
