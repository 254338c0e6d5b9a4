import Contracts

/// A gateway and its workers as they are now, with what they did since a moment ago.
struct TopFrame {
  private let now: StatusReply
  private let before: StatusReply?
  private let seconds: Double

  /// `before` is the status of `seconds` ago; without it there are no rates.
  init(_ now: StatusReply, since before: StatusReply? = nil, seconds: Double = 0) {
    self.now = now
    self.before = before
    self.seconds = seconds
  }

  var text: String { head + "\n" + workers.text }

  private var head: String {
    let state = now.isReady ? "ready" : "not ready: \(now.reason)"
    let (hits, misses) = (now.gauges["cache_hits"] ?? 0, now.gauges["cache_misses"] ?? 0)
    let share = hits + misses == 0 ? "" : " (\(hits * 100 / (hits + misses)) % of \(hits + misses))"
    return """
      gateway \(state) (\(now.build))
      questions: \(now.gauges["in_progress"] ?? 0) in progress, \(rate("completed")) answered/s, \(rate("refused")) refused/s; \
      \(now.gauges["waiting"] ?? 0) views wait for a worker
      features: \(rate("cache_hits")) hits/s\(share), \(now.gauges["cache_views"] ?? 0) kept

      """
  }

  private var workers: Table {
    var table = Table(
      ["ROLE", "ADDRESS", "STATE", "IN FLIGHT", "WAITING", "RUNNING", "DONE/S", "TOKENS/S"], alignedRight: Set(3...7))
    for worker in now.workers {
      let old = before?.workers.first { $0.address == worker.address && $0.role == worker.role }
      func rate(_ name: String) -> String { self.rate(name, of: worker.gauges, since: old?.gauges) }
      func count(_ name: String) -> String { worker.gauges[name].map(String.init) ?? "-" }
      table.add([
        "\(worker.role)", worker.address, worker.state, "\(worker.inFlight)", count("waiting"), count("running"),
        rate("completed"), worker.role == .decoder ? rate("tokens") : "-",
      ])
    }
    return table
  }

  private func rate(_ name: String) -> String { rate(name, of: now.gauges, since: before?.gauges) }

  /// A process that was started again counts from nothing: there is no rate.
  private func rate(_ name: String, of gauges: [Gauge], since old: [Gauge]?) -> String {
    guard let now = gauges[name], let then = old?[name], now >= then, seconds > 0 else { return "-" }
    let tenths = Int((Double(now - then) / seconds * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}

extension [Gauge] {
  /// What is reported under a name.
  fileprivate subscript(name: String) -> Int? { first { $0.name == name }?.value }
}
